"""Avro container files as JSON: each record as the text that a JSON producer would have sent.

Such a file brings its schema, so no registry is asked. The import of fastavro is in here, and this
module is imported when the first Avro body comes: few streams have any.
"""

from __future__ import annotations

import io
import json
import zlib
from datetime import date, datetime, time

import fastavro

from adapters.landing.unreadable import UnreadableError
from domain.errors import first_line

CODECS = ("null", "deflate")
SYNC_BYTES = 16


def json_texts(body: bytes, longest: int, most: int) -> list[str]:
    """The records of a container file, each as a JSON object.

    Instants are ISO 8601 text, decimals and bytes text. Raises UnreadableError for a damaged file,
    for one with more than `most` records, and for one that unfolds to more than `longest` bytes.
    """
    file = io.BytesIO(body)
    texts: list[str] = []
    try:
        reader = fastavro.reader(file)
        if reader.codec not in CODECS:
            raise UnreadableError(f"must be Avro with codec null or deflate; got {reader.codec}")
        _check_sizes(file, reader.codec, longest, most)
        texts = [json.dumps(record, ensure_ascii=False, default=_plain) for record in reader]
    except UnreadableError:
        raise
    except Exception as error:  # whatever a damaged file makes the decoder say
        raise UnreadableError(f"must be Avro as it begins like it: {first_line(error)}") from error
    return texts


def _check_sizes(file: io.BytesIO, codec: str, longest: int, most: int) -> None:
    """Walks over the blocks without reading a record, and goes back to the first one.

    A block is its number of records, its size, its bytes, and a mark (Avro specification, Object
    Container Files).
    """
    start, records, size = file.tell(), 0, 0
    while file.read(1):
        file.seek(-1, io.SEEK_CUR)
        records += _read_long(file)
        data = file.read(_read_long(file))
        if codec == "deflate":
            data = zlib.decompressobj(-15).decompress(data, max(1, longest - size + 1))
        size += len(data)
        if size > longest:
            raise UnreadableError(f"must unfold to at most {longest} bytes")
        if records > most:
            raise UnreadableError(f"must have at most {most} records")
        file.seek(SYNC_BYTES, io.SEEK_CUR)
    file.seek(start)


def _read_long(file: io.BytesIO) -> int:
    """A number of variable length, zigzag coded; as the specification has it."""
    shift = found = 0
    while True:
        [byte] = file.read(1)
        found |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (found >> 1) ^ -(found & 1)


def _plain(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)  # decimals, UUIDs
