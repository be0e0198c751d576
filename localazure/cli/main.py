"""Parse the command line and run the command; errors a user can act on become one message."""

import argparse
import sys
from collections.abc import Callable, Sequence

from localazure.cli.parser import build_parser
from localazure.errors import LocalAzureError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    options = build_parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except LocalAzureError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
