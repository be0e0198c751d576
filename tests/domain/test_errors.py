"""What Windrow says about what went wrong."""

import inspect

import pytest

from domain import errors
from domain.errors import (
    EmptySpanError,
    PipelineFileError,
    Problem,
    ProblemsError,
    RefusedError,
    RequestError,
    RunCancelledError,
    SettingsError,
    TransientError,
    UnknownPipelineError,
    WindrowError,
    shorten,
)

ALL = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if kind is not Problem]
ALL = [kind for kind in ALL if issubclass(kind, WindrowError)]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_is_documented(kind: type[WindrowError]) -> None:
    """It has a docstring of its own and a name that ends in Error, and stands in the tree."""
    assert "__doc__" in vars(kind)
    assert kind.__doc__
    assert kind.__name__.endswith("Error")
    drawn = kind.__name__ in (errors.__doc__ or "")
    assert drawn or kind is ProblemsError, "draw it in the module's docstring"


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_the_tree_is_drawn_as_it_is(kind: type[WindrowError]) -> None:
    """An error stands deeper than its parent, which is the nearest one above it that does."""
    lines = [line for line in (errors.__doc__ or "").splitlines() if "Error  " in line + "  "]
    depths = {
        line.strip("│├└─ ").split()[0]: len(line) - len(line.lstrip("│├└─ ")) for line in lines
    }
    if kind in (WindrowError, ProblemsError):
        return
    drawn = list(depths)
    above = [
        name for name in drawn[: drawn.index(kind.__name__)] if depths[name] < depths[kind.__name__]
    ]
    parent = kind.__mro__[1] if kind.__mro__[1] is not ProblemsError else RefusedError
    assert above[-1] == parent.__name__


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_an_error_is_transient_or_refused(kind: type[WindrowError]) -> None:
    """Whether trying again may help decides what an activity does with it."""
    if kind is not WindrowError:
        assert issubclass(kind, TransientError) != issubclass(kind, RefusedError)


def test_errors_build_their_own_sentence() -> None:
    """They take data, so that the same thing is always said the same way."""
    assert str(TransientError("Azure SQL", "connecting", "timed out")) == (
        "Azure SQL: connecting did not succeed for now: timed out"
    )
    assert str(UnknownPipelineError("x", ["a", "b"])) == "there is no pipeline 'x'; there are: a, b"
    assert str(UnknownPipelineError("x", [])).endswith("there are: none")
    assert str(RunCancelledError("r1")) == "run r1 was cancelled"
    assert "`on_empty: complete`" in str(EmptySpanError("raw/*.csv", "today"))


def test_a_problem_says_field_rule_and_value() -> None:
    """The value is shown as Python writes it, shortened; None is a value, too."""
    assert str(Problem("a.b", "must be small", 7)) == "`a.b` must be small; got 7"
    assert str(Problem("a.b", "must be small", None)) == "`a.b` must be small; got None"
    assert str(Problem("a.b", "is required", has_value=False)) == "`a.b` is required"
    assert len(shorten("x" * 500)) == 120


def test_problems_are_told_together() -> None:
    """One line each, with where they are; they can be read one by one, too."""
    problems = [Problem("a", "is required", has_value=False), Problem("b", "must be 1", 2)]
    error = RequestError("body", problems)
    assert error.problems == tuple(problems)
    assert str(error).splitlines() == [
        "the request has problems:",
        "  body: `a` is required",
        "  body: `b` must be 1; got 2",
    ]


def test_problems_of_many_files_are_merged() -> None:
    """Each line keeps its own file."""
    merged = PipelineFileError.merged(
        [PipelineFileError(f"{n}.yml", [Problem("name", "must be x", n)]) for n in "ab"]
    )
    assert str(merged).splitlines()[1:] == [
        "  a.yml: `name` must be x; got 'a'",
        "  b.yml: `name` must be x; got 'b'",
    ]
    assert len(merged.problems) == 2


def test_settings_never_show_a_value() -> None:
    """Whoever builds the error: a connection string must not reach a log."""
    error = SettingsError("app settings", [Problem("SCORES_DB_URL", "must be a URL", "pa55word")])
    assert "pa55word" not in str(error) + repr(error) + repr(error.problems)
    assert "`SCORES_DB_URL` must be a URL" in str(error)
