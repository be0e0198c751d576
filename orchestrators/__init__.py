"""Deterministic stories: what happens in which order, and what if it does not.

Orchestrators are replayed from their history after every step. So they take the time from the
context, do nothing themselves, and call activities by name. ruff.toml in this folder bans clocks,
dice and I/O.
"""
