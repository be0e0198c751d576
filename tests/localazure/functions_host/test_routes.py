"""Route templates."""

import pytest

from localazure.functions_host.errors import BadFunctionError
from localazure.functions_host.routes import parse_route

GUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("a/b", "/A/B/", {}),
        ("a/b", "a", None),
        ("", "/", {}),
        ("a/{x}", "a/1", {"x": "1"}),
        ("a/{x}", "a/1/2", None),
        ("a/{x}.{y}", "a/1.2", {"x": "1", "y": "2"}),
        ("a/{x?}", "a", {}),
        ("a/{x=5}", "a", {"x": "5"}),
        ("a/{x:int=5}", "a/x", None),
        ("{*rest}", "", {"rest": ""}),
        ("a/{*rest}", "a/b/c", {"rest": "b/c"}),
        ("a/{x:int}", "a/-7", {"x": "-7"}),
        ("a/{x:int}", "a/7.0", None),
        ("a/{x:guid}", f"a/{GUID}", {"x": GUID}),
        ("a/{x:alpha:length(2,3)}", "a/abc", {"x": "abc"}),
        ("a/{x:alpha:length(2,3)}", "a/abcd", None),
        ("a/{x:range(1,5)}", "a/6", None),
        ("a/{x:min(3)}", "a/x", None),
        ("a/{x}", "a/%2F", {"x": "/"}),
    ],
)
def test_templates_match_paths(template: str, path: str, expected: dict[str, str] | None) -> None:
    """Parameters, constraints, defaults, optional and catch-all parts are those of ASP.NET."""
    assert parse_route("f", template).match(path) == expected


@pytest.mark.parametrize("template", ["a/{x:regex(.*)}", "a/{x", "a/x}", "a/{}"])
def test_other_templates_are_refused(template: str) -> None:
    """What is not understood is an error that names the function."""
    with pytest.raises(BadFunctionError, match="Function 'f'"):
        parse_route("f", template)
