"""``fidelity``: the ledger says what the code does, and nothing is left unsaid."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from localazure.cli.fidelity import compare, ledger, route_rows
from localazure.cli.main import main
from localazure.errors import LocalAzureError
from localazure.fidelity import Level, same, simplified
from localazure.functions_host.bindings import BINDINGS, REFUSED, is_imitated
from localazure.stated_route import StatedRoute

DOCUMENT = Path(__file__).parents[3] / "docs" / "fidelity.md"


async def _endpoint(_request: object) -> None:
    """Never called."""


def test_the_document_is_of_this_code(capsys: pytest.CaptureFixture[str]) -> None:
    """What `make check` compares; the command prints it as well."""
    assert main(["fidelity", "--check", str(DOCUMENT)]) == 0
    assert main(["fidelity"]) == 0
    assert capsys.readouterr().out == DOCUMENT.read_text("utf-8")


def test_a_stale_document_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the command that makes it anew; a missing one is stale, too."""
    stale = tmp_path / "fidelity.md"
    for text in (None, ledger() + "\n"):
        if text is not None:
            stale.write_text(text, "utf-8")
        assert main(["fidelity", "--check", str(stale)]) == 1
        assert capsys.readouterr().err == f"{stale} is stale: run `make fidelity`\n"


def test_all_is_stated_and_nothing_else() -> None:
    """A feature that a new SDK brings, and one that it dropped, are named."""
    compare("tasks", ["a"], {"a": same()})
    with pytest.raises(LocalAzureError, match=r"nothing is said of \['b'\], and \['a'\] are not"):
        compare("tasks", ["b"], {"a": same()})


def test_every_route_states_its_fidelity() -> None:
    """A route without a statement does not get into the ledger unnoticed."""
    stated = StatedRoute("/a", _endpoint, simplified("how"), methods=["POST"])
    assert [(name, one.level) for name, one in route_rows([stated])] == [
        ("POST /a", Level.SIMPLIFIED)
    ]
    with pytest.raises(LocalAzureError, match="/b"):
        route_rows([stated, Route("/b", _endpoint)])


def test_what_is_not_stated_is_not_served() -> None:
    """The host decides by the same table."""
    assert all(is_imitated(name) for name in BINDINGS)
    assert not any(is_imitated(name) for name in (*REFUSED, "ofTomorrow"))


def test_bindings_are_spelled_as_the_sdk_spells_them() -> None:
    """A binding that is stated under another name would be refused by its own."""
    import azure.durable_functions  # noqa: F401 - it adds its bindings
    from azure.functions.decorators.core import Binding

    def known(kind: Any) -> Iterator[str]:
        for one in kind.__subclasses__():
            yield str(one.get_binding_name())
            yield from known(one)

    assert {*BINDINGS, *REFUSED} <= set(known(Binding))
