"""One side effect per file: `name(payload: dict) -> dict`, called by the orchestrators by name.

Every activity may run twice, and die at any line: names are deterministic, writes are idempotent.
"""
