"""What the service hands to a runner: one job, with nothing left to look up.

It is written to ``job.json`` in the job's folder before the job is queued, so that a job that waits
is run as its deployment was when it was submitted, even after a restart.
"""

from pathlib import Path
from typing import Literal

from localazure.mlbatch.datastores import LakePath
from localazure.mlbatch.settings import Model, ScoringSettings

_FILE = "job.json"


class Asset(Model):
    """Code or a model that a node fetches from the lake, unless its machine has it already.

    ``path`` is where it is then, in a folder that holds nothing else.
    """

    name: str
    origin: LakePath
    path: Path


class JobSpec(Model):
    """A job that can be run."""

    name: str
    code: Path
    scoring_script: Path
    model: Path | None
    account_url: str
    input_kind: Literal["UriFile", "UriFolder"]
    input: LakePath
    output: LakePath
    settings: ScoringSettings
    assets: tuple[Asset, ...] = ()

    def write(self, folder: Path) -> None:
        """Keep the job in its folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _FILE).write_text(self.model_dump_json(indent=2), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "JobSpec":
        """Return the job of a folder."""
        return cls.model_validate_json((folder / _FILE).read_bytes())
