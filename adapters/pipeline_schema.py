"""The JSON Schema of pipeline files, for editors: generated from the model, so it cannot differ.

python -m adapters.pipeline_schema FILE           writes it
python -m adapters.pipeline_schema --check FILE   fails if the file is stale
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from domain.pipeline import Pipeline


def schema_text() -> str:
    """The schema as it stands in the file."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Windrow pipeline",
        **Pipeline.model_json_schema(mode="validation"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Writes or checks the file. Answers the exit code."""
    path = Path(arguments[-1])
    if "--check" not in arguments:
        path.write_text(schema_text(), encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == schema_text():
        return 0
    sys.stderr.write(f"{path} is stale: run `make schema`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
