"""How faithful an imitation is: the vocabulary in which each part states it, next to its code.

`docs/fidelity.md` is made of these statements (`localazure.cli.fidelity`), and of what the SDKs
offer: a binding, a feature or a route without a statement is an error, and so is a statement about
nothing.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """What somebody who knows Azure has to expect."""

    SAME = "as in Azure"
    SIMPLIFIED = "simplified"
    NOT_IMITATED = "not imitated"
    OWN = "localazure's own"


@dataclass(frozen=True, slots=True)
class Fidelity:
    """One statement; ``note`` says what is different."""

    level: Level
    note: str = ""


def same(note: str = "") -> Fidelity:
    """Nothing that an app could notice is different."""
    return Fidelity(Level.SAME, note)


def simplified(how: str) -> Fidelity:
    """The common use is as in Azure; ``how`` says what is not."""
    return Fidelity(Level.SIMPLIFIED, how)


def not_imitated(instead: str) -> Fidelity:
    """It is refused; ``instead`` says how."""
    return Fidelity(Level.NOT_IMITATED, instead)


def own(purpose: str) -> Fidelity:
    """Azure has no such thing."""
    return Fidelity(Level.OWN, purpose)
