"""``python -m gca_viz.cli`` is the command ``gca-viz``."""

import sys

from gca_viz.cli import main

if __name__ == "__main__":
    sys.exit(main())
