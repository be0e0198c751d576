"""From where on the quality of a run's data and scores is worth a warning."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from domain.pipeline.base import Section

_PERCENT = r"^(100|[0-9]{1,2}(\.[0-9]+)?)%$"


def _share(value: object) -> object:
    """`"2.5%"` as 0.025. Raises ValueError for anything but a percentage or a share."""
    if isinstance(value, str) and re.fullmatch(_PERCENT, value, re.ASCII):
        return float(value.removesuffix("%")) / 100
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError("must be a percentage such as 5%, or a share such as 0.05")


Share = Annotated[
    float,
    BeforeValidator(
        _share,
        json_schema_input_type=Annotated[float, Field(ge=0, le=1)]
        | Annotated[str, Field(pattern=_PERCENT)],
    ),
]
Psi = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ColumnQuality(Section):
    """What is different for one column; what is left out is as for all."""

    psi: Psi | None = None
    nulls: Share | None = None


class Quality(Section):
    """Thresholds: passing one is told as a warning, and never fails a run."""

    psi: Psi | None = Field(
        0.25,
        description="How far a column may drift from the training data: its population stability "
        "index. 0.1 is commonly called moderate, 0.25 major. null: no warning.",
    )
    min_rows: int = Field(
        200,
        ge=1,
        description="The index of fewer values than this is measured, but not judged: chance alone "
        "would make it large.",
    )
    nulls: Share | None = Field(None, description="The share of missing values in a column.")
    anomalies: Share | None = Field(None, description="The share of true in a boolean output.")
    rejected: Share | None = Field(None, description="The share of the run's rejected rows.")
    columns: dict[str, ColumnQuality] = Field(
        default_factory=dict, description="Features or outputs with thresholds of their own."
    )

    def psi_of(self, column: str) -> float | None:
        """The threshold for the column's drift; None if it is not judged."""
        own = self.columns.get(column)
        return self.psi if own is None or own.psi is None else own.psi

    def nulls_of(self, column: str) -> float | None:
        """The threshold for the column's share of missing values; None if it is not judged."""
        own = self.columns.get(column)
        return self.nulls if own is None or own.nulls is None else own.nulls
