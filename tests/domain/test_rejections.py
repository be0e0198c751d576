"""Reasons begin with their kind."""

import pytest

from domain.rejections import Rejection, because, kind_of


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("unknown key", Rejection.UNKNOWN_KEY),
        ("unknown key: d1", Rejection.UNKNOWN_KEY),
        ("schema: value_mean is text", Rejection.SCHEMA),
        ("model error: ValueError: x: y", Rejection.MODEL_ERROR),
        ("nan: score is infinite", Rejection.NAN),
        ("nano-device: lost", Rejection.OTHER),
        ("unknown device", Rejection.OTHER),
        ("", Rejection.OTHER),
        (": nan", Rejection.OTHER),
    ],
)
def test_a_reason_names_its_kind(reason: str, kind: Rejection) -> None:
    """Before the first colon; whatever else it says is `other`."""
    assert kind_of(reason) is kind


@pytest.mark.parametrize("kind", Rejection)
def test_a_reason_that_is_made_is_read_again(kind: Rejection) -> None:
    """Both ways by one rule."""
    assert kind_of(because(kind, "it: burst")) is kind
