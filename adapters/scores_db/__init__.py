"""The scores database: predictions by key and window end, and the ledger of runs and jobs.

SQLAlchemy Core over Azure SQL (`mssql+pyodbc`) and SQLite, by the same statements. Outside of this
package only what stands here is used.
"""

from adapters.scores_db.db import ScoresDb
from adapters.scores_db.rows import ChunkError, ChunkProgress, OpenJob, RunRow

__all__ = ["ChunkError", "ChunkProgress", "OpenJob", "RunRow", "ScoresDb"]
