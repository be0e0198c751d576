"""Cannot be set up."""


def init() -> None:
    """Fail as a script does that misses its model."""
    raise FileNotFoundError("no model here")


def run(mini_batch: list[str]) -> list[str]:
    """Never called."""
    return mini_batch
