"""Turns a batch of an Event Hub into files in the lake, and keeps the quarantine.

`bodies.py` reads what producers sent (`avro.py` a rare form of it), `fields.py` makes columns of
it, `checking.py` applies the rules and the time policy (`checking_sql.py`), `files.py` makes files,
`touching.py` says what has to be scored, and `landing.py` does all of this for a batch.
`quarantine.py` lists what was not taken; `replaying.py` takes it after all, when it is repaired.
"""

from adapters.landing.arrived import Arrived
from adapters.landing.landing import Landed, Touched, land
from adapters.landing.quarantine import Page, Quarantined, find_quarantined, list_quarantined
from adapters.landing.replaying import StillBad, replay

__all__ = [
    "Arrived",
    "Landed",
    "Page",
    "Quarantined",
    "StillBad",
    "Touched",
    "find_quarantined",
    "land",
    "list_quarantined",
    "replay",
]
