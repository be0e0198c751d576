"""Random orchestrations give what a plain model gives, whatever the order, crash by crash."""

import json
import random
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from localazure.durable.model import Status
from tests.localazure.durable.crashing import CrashingEngine
from tests.localazure.durable.programs import SEQUENCE, Program, expected_of_all
from tests.support.examples import examples


# Without shrinking: an example of this size is short enough to read.
@settings(max_examples=examples(40), deadline=None, database=None, phases=[Phase.generate])
@given(programs=SEQUENCE, seed=st.integers(0, 2**16))
def test_random_orchestrations_match_the_model(programs: list[Program], seed: int) -> None:
    """Activities, timers, events, children, retries and continue-as-new, in any order.

    Crashes come between any two steps of the engine, work and events come more than once.
    """
    dice = random.Random(seed)  # noqa: S311
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(CrashingEngine(Path(folder) / "store.sqlite3", dice)) as engine,
    ):
        root = engine.run(programs)
        assert root.status is Status.COMPLETED, root
        assert json.loads(root.output or "") == expected_of_all(programs, "p")
        engine.check()
