"""What a job leaves in the lake: the files that its scripts wrote, and the output file itself.

In Azure all workers share one output folder. Here each has its own, so that a file is known to be
complete when the mini-batch that wrote it is, and only complete files reach the lake.
"""

import shutil
import threading
from pathlib import Path

from localazure.mlbatch.datastores import LakePath
from localazure.mlbatch.runner.folders import JobFolders
from localazure.mlbatch.runner.lake import Lake
from localazure.mlbatch.runner.tally import MiniBatch
from localazure.mlbatch.spec import JobSpec

_Stamp = tuple[int, int]


class Outputs:
    """Collects results; used by several threads, one per worker."""

    def __init__(self, spec: JobSpec, folders: JobFolders, lake: Lake) -> None:
        self._spec = spec
        self._folders = folders
        self._lake = lake
        self._sent: dict[Path, _Stamp] = {}
        self._scored: list[MiniBatch] = []
        self._lock = threading.Lock()

    def rows_file(self, batch: MiniBatch) -> Path | None:
        """Return where the rows of a mini-batch belong, if they are kept."""
        appends = self._spec.settings.output_action == "append_row"
        return self._folders.rows(batch.index) if appends else None

    def keep(self, worker: int, batch: MiniBatch) -> None:
        """Upload what a worker wrote for a mini-batch that succeeded."""
        folder = self._folders.outputs(worker)
        for path, stamp in self._changed(folder).items():
            target = self._beside(path.relative_to(folder).as_posix())
            self._lake.upload(path, target, overwrite=True)
            self._sent[path] = stamp
        with self._lock:
            self._scored.append(batch)

    def discard(self, worker: int) -> None:
        """Remove what a worker wrote for an attempt that failed."""
        for path in self._changed(self._folders.outputs(worker)):
            path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Write the output file, in the order of the inputs."""
        path = self._folders.scratch / "output"
        batches = sorted(self._scored, key=lambda batch: batch.index)
        with path.open("wb") as file:
            for batch in batches:
                rows = self.rows_file(batch)
                if rows is None:
                    file.writelines(f"{item.name}\n".encode() for item in batch.files)
                else:
                    with rows.open("rb") as source:
                        shutil.copyfileobj(source, file)
        self._lake.upload(path, self._spec.output, overwrite=False)

    def _changed(self, folder: Path) -> dict[Path, _Stamp]:
        stamps = {
            path: (path.stat().st_mtime_ns, path.stat().st_size)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        return {path: stamp for path, stamp in stamps.items() if self._sent.get(path) != stamp}

    def _beside(self, relative: str) -> LakePath:
        folder, _, _ = self._spec.output.path.rpartition("/")
        path = f"{folder}/{relative}" if folder else relative
        return LakePath(container=self._spec.output.container, path=path)
