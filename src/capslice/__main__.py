"""The entry point of `capslice`: Ctrl-C gives one line, even while the rest is still loading."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from capslice.cli import main as run

        run()
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)  # noqa: T201  click is not there yet
        sys.exit(130)


if __name__ == "__main__":
    main()
