"""Entry point of ``python -m localazure``."""

import sys

from localazure.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
