"""``python -m animecolor``."""

import sys

from animecolor.cli import main

if __name__ == "__main__":
    sys.exit(main())
