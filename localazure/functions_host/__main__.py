"""`python -m localazure.functions_host PATH --port P --state DIR`: one host, without the rest."""

import argparse
import sys
from pathlib import Path

from localazure.functions_host.server import run


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m localazure.functions_host")
    parser.add_argument("path", type=Path, help="the folder of a Python v2 functions app")
    parser.add_argument("--port", type=int, default=7071, help="0 takes a free port")
    parser.add_argument("--state", type=Path, required=True, help="what survives a restart")
    parser.add_argument("--auth", action="store_true", help="ask for function keys")
    parser.add_argument("--quiet", action="store_true", help="no line for what succeeds")
    options = parser.parse_args()
    return run(options.path, options.port, options.state, auth=options.auth, quiet=options.quiet)


if __name__ == "__main__":
    sys.exit(main())
