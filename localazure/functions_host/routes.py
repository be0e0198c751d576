"""ASP.NET route templates, as the Functions host matches them: `runs/{id:int}/{*rest}`.

Matching ignores case in the literal parts; where several templates fit, the most literal one wins.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from localazure.functions_host.errors import BadFunctionError

PARAMETER = re.compile(r"\{(\*{0,2})([A-Za-z_]\w*)((?::[^{}?=]+)*)(?:=([^{}]*))?(\?)?\}")

CONSTRAINTS: dict[str, str] = {
    "": r"[^/]+",
    "int": r"-?\d+",
    "long": r"-?\d+",
    "bool": r"(?:[Tt]rue|[Ff]alse)",
    "alpha": r"[A-Za-z]+",
    "guid": r"\{?[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?",
    "decimal": r"-?\d+(?:\.\d+)?",
    "double": r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?",
    "float": r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?",
}
SIZED: dict[str, Callable[[str, list[int]], bool]] = {
    "length": lambda text, n: n[0] <= len(text) <= n[-1],
    "minlength": lambda text, n: len(text) >= n[0],
    "maxlength": lambda text, n: len(text) <= n[0],
    "min": lambda text, n: text.lstrip("-").isdigit() and int(text) >= n[0],
    "max": lambda text, n: text.lstrip("-").isdigit() and int(text) <= n[0],
    "range": lambda text, n: text.lstrip("-").isdigit() and n[0] <= int(text) <= n[-1],
}
SIZED_FORM = re.compile(r"(\w+)\((-?\d+(?:,-?\d+)?)\)")


@dataclass(frozen=True)
class Route:
    """A template made ready to match paths."""

    template: str
    pattern: re.Pattern[str]
    checks: tuple[tuple[str, str, list[int]], ...]
    defaults: dict[str, str]
    rank: tuple[int, ...]

    def match(self, path: str) -> dict[str, str] | None:
        """Return the route parameters of a path, if it fits."""
        found = self.pattern.fullmatch(path.strip("/"))
        if found is None:
            return None
        values = {key: unquote(text) for key, text in found.groupdict().items() if text is not None}
        for name, check, sizes in self.checks:
            if name in values and not SIZED[check](values[name], sizes):
                return None
        return {**self.defaults, **values}


def parse_route(function: str, template: str) -> Route:
    """Read a template; an unknown constraint is an error, as in Azure."""
    regex, rank = "", []
    checks: list[tuple[str, str, list[int]]] = []
    defaults: dict[str, str] = {}
    for number, segment in enumerate(filter(None, template.strip("/").split("/"))):
        text, last, segment_rank = "", 0, 0
        optional = False
        for found in PARAMETER.finditer(segment):
            stars, name, constraints, default, question = found.groups()
            kind, sized = _constraints(function, constraints)
            checks.extend((name, check, sizes) for check, sizes in sized)
            if default is not None:
                defaults[name] = default
            optional = optional or bool(question) or default is not None or bool(stars)
            text += re.escape(segment[last : found.start()])
            text += f"(?P<{name}>{'.*' if stars else CONSTRAINTS[kind]})"
            last = found.end()
            segment_rank = max(segment_rank, 3 if stars else 1 if kind or sized else 2)
        if "{" in segment[last:] or "}" in segment[last:]:
            raise BadFunctionError(function, f"route {template!r} is not a valid template")
        text += re.escape(segment[last:])
        slash = "/" if number else ""
        regex += f"(?:{slash}{text})?" if optional else slash + text
        rank.append(segment_rank)
    pattern = re.compile(regex, re.IGNORECASE)
    return Route(template, pattern, tuple(checks), defaults, tuple(rank))


def _constraints(function: str, text: str) -> tuple[str, list[tuple[str, list[int]]]]:
    kind = ""
    sized: list[tuple[str, list[int]]] = []
    for one in filter(None, text.split(":")):
        found = SIZED_FORM.fullmatch(one)
        if found is not None and found.group(1) in SIZED:
            sized.append((found.group(1), [int(n) for n in found.group(2).split(",")]))
        elif one in CONSTRAINTS:
            kind = one
        else:
            raise BadFunctionError(function, f"route constraint ':{one}' is not imitated")
    return kind, sized
