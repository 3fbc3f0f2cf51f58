"""The way in to `captcha-training`: Ctrl-C is one line, even while all the rest is being loaded."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `captcha-training`."""
    try:
        from training.cli import main as run

        run()
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)  # noqa: T201  click is not there yet
        sys.exit(130)


if __name__ == "__main__":
    main()
