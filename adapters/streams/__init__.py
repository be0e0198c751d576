"""What has landed of a stream in the lake: `folders.py` lists it, `reading.py` fetches it,
`read_notes.py` notes what a run reads, and `compaction.py` makes one file of many.

`adapters/landing` writes the files; `domain/raw_files.py` says how they are named.
"""
