"""What README.md promises to somebody who brings a model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from batch import calls, scoring
from batch.quality import KINDS
from batch.saving import write_model_folder
from batch.scoring import open_scorer
from tests.scoring_model.batch.conftest import DESCRIPTION
from tests.scoring_model.synthetic import CODE

README = (CODE / "README.md").read_text()


def test_the_example_is_a_model(tmp_path: Path, code: Callable[[str, str], None]) -> None:
    """Its dozen lines score a part, for any machine, with columns of their own."""
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    [text] = [block for block in blocks if "too_hot" in block]
    code("mine", f"import json\nimport pandas as pd\n{text}")

    def content(folder: Path) -> None:
        (folder / "shards").mkdir()
        (folder / "shards" / "limits.json").write_text(json.dumps({"heat_max": 50}))

    description = replace(
        DESCRIPTION,
        module="mine",
        keys=["machine"],
        features=["heat_max"],
        outputs={"too_hot": "boolean"},
    )
    empty = {"schema_version": 1, "rows": 0, "columns": {}}
    write_model_folder(tmp_path / "models", description, empty, content)
    part = tmp_path / "part-000.parquet"
    end = pd.Timestamp("2026-01-01", tz="UTC")
    windows = pd.DataFrame({"machine": ["a", "b"], "window_end": end, "heat_max": [49, 51]})
    windows.to_parquet(part)
    assert open_scorer(tmp_path / "models").score_part(part, tmp_path) == "part-000.parquet 2 0"
    scores = pd.read_parquet(tmp_path / "part-000.scores.parquet")
    assert scores["too_hot"].tolist() == [False, True]


def test_the_numbers_are_those_of_the_code() -> None:
    """Bounds and kinds are what it says."""
    assert f"at most {scoring.BATCH_ROWS:,} rows" in README
    assert f"A part has {calls.MAX_CUTS:,} cuts" in README
    assert all(f"| `{kind}" in README for kind in KINDS)
