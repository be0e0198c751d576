"""Activities see the same input and give the same result on both sides."""

import re

import pytest

from tests.azure_worker.conftest import PairOf
from tests.azure_worker.sides import APPS, SEEN, Ended

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

PATTERNS = APPS / "patterns"
# JSON texts, as orchestrators make them; the last two are none, and reach the function as they are.
GIVEN = [
    *("null", "true", "0", "-1.5", "1e300", '""', '"text"', '"größer \\ud83d\\ude00"', '"{}"'),
    *("[]", '[1, [2, {"a": null}]]', "{}", '{"a": {"b": [1.5, "x", null, false]}}'),
    *("no JSON", ""),
]


def without_addresses(ended: Ended) -> Ended:
    """The same end, without the addresses of objects in the error's text."""
    error = ended.error and re.sub(r"0x[0-9a-f]+", "0x", ended.error)
    return Ended(ended.returned, error)


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("function", ["given_back", "AnotherName", "same_on_loop", "annotated"])
def test_every_kind_of_json_passes(function: str, given: str, pair_of: PairOf) -> None:
    """Input and result keep type and value, in threads and on the event loop."""
    azure, ours = pair_of(SEEN).activity(function, given)
    assert azure == ours
    assert azure.error is None


@pytest.mark.parametrize(
    ("function", "given"),
    [
        *[("unwritable", f'"{kind}"') for kind in ("object", "set", "bytes")],
        ("raising", '"no luck"'),
        ("raising", '"two\\nlines"'),
    ],
)
def test_failures_are_told_in_the_same_words(function: str, given: str, pair_of: PairOf) -> None:
    """The exception's type and text, and a result that JSON cannot hold."""
    azure, ours = map(without_addresses, pair_of(SEEN).activity(function, given))
    assert azure == ours
    assert azure.error is not None


@pytest.mark.parametrize(
    ("function", "given"),
    [
        ("double", "21"),
        ("double", '"ab"'),
        ("double", "null"),
        ("double_async", "1.5"),
        ("echo", '{"a": [1]}'),
        *[("flaky", '["name", 2]')] * 3,
        ("marked", '["other", 7]'),
        ("returns_object", '""'),
    ],
)
def test_the_patterns_app_does_the_same(function: str, given: str, pair_of: PairOf) -> None:
    """Its activities end alike, also those that fail at first."""
    azure, ours = map(without_addresses, pair_of(PATTERNS).activity(function, given))
    assert azure == ours
