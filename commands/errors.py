"""How a command can end early.

CommandError       something was refused, or does not answer: exit code 1
└── UsageError     what was asked for makes no sense; nothing was done: exit code 2
"""

from __future__ import annotations


class CommandError(Exception):
    """The command cannot go on; the message is one line for the person at the terminal."""


class UsageError(CommandError):
    """The command line, or a file that it names, is wrong."""
