"""A route that says how faithful it is; apart from the vocabulary, which knows no HTTP."""

from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from localazure.fidelity import Fidelity


class StatedRoute(Route):
    """A route that says how faithful it is."""

    def __init__(
        self, path: str, endpoint: Any, fidelity: Fidelity, *, methods: Sequence[str] = ("GET",)
    ) -> None:
        super().__init__(path, endpoint, methods=list(methods))
        self.fidelity = fidelity
