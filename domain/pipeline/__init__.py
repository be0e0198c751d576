"""What to score, as data: the model of a pipeline file, and its rules.

`Pipeline` is the whole; source, windows, aggregates, model, chunks and output have a module each.
The JSON Schema that editors use is generated from these classes (`make schema`).
"""

from domain.pipeline.parse import parse_pipeline, problems_of
from domain.pipeline.spec import Pipeline

__all__ = ["Pipeline", "parse_pipeline", "problems_of"]
