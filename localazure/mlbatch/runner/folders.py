"""Where things are in a job's folder: logs, which stay, and scratch, which goes with the job."""

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class JobFolders:
    """The folder of one job; log paths are Azure ML's."""

    root: Path

    @property
    def scratch(self) -> Path:
        """All that is deleted when the job has ended."""
        return self.root / "scratch"

    @property
    def inputs(self) -> Path:
        """Downloaded files."""
        return self.scratch / "inputs"

    @property
    def work(self) -> Path:
        """The working directory of scoring scripts."""
        return self.scratch / "wd"

    @property
    def models(self) -> Path:
        """What ``AZUREML_MODEL_DIR`` says."""
        return self.scratch / "azureml-models"

    @property
    def logs(self) -> Path:
        """All logs of the job."""
        return self.root / "logs"

    @property
    def errors(self) -> Path:
        """The tracebacks of all failed attempts."""
        return self.logs / "user" / "error.txt"

    def outputs(self, worker: int) -> Path:
        """What ``AZUREML_BI_OUTPUT_PATH`` says to a worker."""
        return self.scratch / "outputs" / f"process{worker:03d}"

    def rows(self, mini_batch: int) -> Path:
        """The rows that one mini-batch returned."""
        return self.scratch / "rows" / f"{mini_batch:06d}.txt"

    def log(self, worker: int, stream: str) -> Path:
        """What a worker wrote to ``stdout`` or ``stderr``."""
        folder = self.logs / "user" / stream / "node0"
        return folder / f"process{worker:03d}.{stream}.txt"

    def create(self, workers: int, model: Path | None) -> None:
        """Make the folders, and lay the model out as Azure ML does: one level deeper.

        Folders are real ones, since `os.walk` does not follow links; files are links.
        """
        paths = [self.work, self.models, self.rows(0).parent]
        for worker in range(workers):
            paths += [self.outputs(worker), self.log(worker, "stdout").parent]
            paths += [self.log(worker, "stderr").parent]
        for path in paths:
            path.mkdir(parents=True, exist_ok=True)
        if model is not None and model.is_dir():
            shutil.copytree(model, self.models / model.name, copy_function=_link)
        elif model is not None:
            _link(model, self.models / model.name)


def _link(source: str | Path, target: str | Path) -> None:
    Path(target).symlink_to(source)
