"""How the demo can end early.

DemoError          something did not work on the way: exit code 1
└── UsageError     what was asked for cannot be done; nothing was started: exit code 2
"""

from __future__ import annotations


class DemoError(Exception):
    """The demo cannot go on; the message is one line for the person at the terminal."""


class UsageError(DemoError):
    """The command line or the input file is wrong."""
