"""What lies in the lake for a source of files: which files, which columns, which times.

Answers from listings, parquet footers and CSV headers; no row is read.
"""

from adapters.source_files.inspect import inspect_files
from adapters.source_files.listing import list_files

__all__ = ["inspect_files", "list_files"]
