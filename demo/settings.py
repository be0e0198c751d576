"""Makes sure that the app's settings lead to the local cloud, before the demo writes anywhere."""

from __future__ import annotations

import json
from pathlib import Path

from demo.errors import UsageError

LOCAL = "%LOCALAZURE_"
MUST_BE_LOCAL = (
    "LAKE__blobServiceUri",
    "AZUREML_WORKSPACE",
    "SCORES_DB_URL",
    "EVENTHUB__fullyQualifiedNamespace",
)


def check_settings(file: Path) -> None:
    """Raises UsageError if the settings are not there, or lead to another place than this machine.

    Somebody who has pointed the app at a real account should not score a made-up fleet into it.
    """
    if not file.is_file():
        raise UsageError(f"{file.name} is missing: `make demo` copies it from its sample")
    try:
        values = json.loads(file.read_text(encoding="utf-8"))["Values"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file.name} must be JSON with a section `Values`: {error}") from error
    elsewhere = [name for name in MUST_BE_LOCAL if LOCAL not in str(values.get(name, ""))]
    if elsewhere:
        raise UsageError(
            f"{file.name} does not lead to the local cloud: {', '.join(elsewhere)}; "
            "move the file aside, and `make demo` makes a new one from its sample"
        )
