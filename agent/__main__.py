"""The way in to `captcha-agent`: Ctrl-C is one line, even while all the rest is being loaded."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `captcha-agent`."""
    try:
        from agent.cli import main as run

        run()
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)  # noqa: T201  click is not there yet
        sys.exit(130)


if __name__ == "__main__":
    main()
