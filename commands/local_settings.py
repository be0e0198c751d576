"""Makes local.settings.json from its sample, or adds the settings that it lacks: for `make setup`.

Run by itself, before anything is installed: `python commands/local_settings.py SAMPLE TARGET`.
What is in the target stays as it is, whatever the sample says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def update(sample: Path, target: Path) -> list[str]:
    """Writes `target`; answers the names of the settings that were added to an existing one.

    Raises ValueError if the target is no JSON with a section `Values`.
    """
    if not target.exists():
        target.write_bytes(sample.read_bytes())
        return []
    wanted = json.loads(sample.read_text(encoding="utf-8"))["Values"]
    try:
        known = json.loads(target.read_text(encoding="utf-8"))
        values = known["Values"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{target.name} must be JSON with a section `Values`: {error}") from error
    missing = [name for name in wanted if name not in values and not name.startswith("//")]
    if missing:
        comments = [f"//{name}" for name in missing if f"//{name}" in wanted]
        values.update({name: wanted[name] for name in (*comments, *missing)})
        target.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return missing


def main(arguments: list[str]) -> int:
    """Updates, and says what was added."""
    sample, target = map(Path, arguments)
    try:
        added = update(sample, target)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if added:
        sys.stdout.write(f"{target.name}: added {', '.join(added)} from the sample\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
