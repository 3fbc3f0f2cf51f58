"""The entry point of `capslice` and `python -m capslice`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; end with one line on Ctrl-C, even while modules are loading."""
    try:
        from capslice.cli import main as run

        run()
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)  # noqa: T201  click may not be loaded yet
        sys.exit(130)


if __name__ == "__main__":
    main()
