"""What has landed of a stream in the lake: `folders.py` lists it, `reading.py` fetches it, and
`compaction.py` makes one file of many.

`adapters/landing` writes the files; `domain/raw_files.py` says how they are named.
"""
