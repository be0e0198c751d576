"""The scores database: predictions by key and window end, and the ledger of runs and jobs.

SQLAlchemy Core over Azure SQL (`mssql+pyodbc`) and SQLite, by the same statements. Outside of this
package only what stands here is used.
"""

from adapters.scores_db.db import ScoresDb
from adapters.scores_db.quality import QualityRow
from adapters.scores_db.rejected_rows import RejectedPage, RejectedRow
from adapters.scores_db.rows import ChunkError, ChunkProgress, JobFacts, OpenJob, RunRow
from adapters.scores_db.work import Lacking

__all__ = [
    "ChunkError",
    "ChunkProgress",
    "JobFacts",
    "Lacking",
    "OpenJob",
    "QualityRow",
    "RejectedPage",
    "RejectedRow",
    "RunRow",
    "ScoresDb",
]
