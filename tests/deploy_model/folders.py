"""Folders as a user has them: a model that was trained, and Azure ML's YAML beside its code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

CODE = Path(__file__).with_name("code")
KEYS = ["device", "sensor"]
FEATURES = ["value_mean", "value_max"]


def write_model(models: Path, version: str, *, name: str = "fleet", **meta: Any) -> Path:
    """A version of a model, which becomes the current one; `meta` goes into its model.json."""
    folder = models / name / version
    (folder / "shards").mkdir(parents=True, exist_ok=True)
    columns = {feature: {"role": "feature", "mean": 1.5} for feature in FEATURES}
    documents = {
        "model.json": {
            "schema_version": 2,
            "name": name,
            "version": version,
            "keys": KEYS,
            "features": FEATURES,
            "trained": {"to": "2026-03-01T00:00:00Z"},
            **meta,
        },
        "statistics.json": {"schema_version": 1, "rows": 10, "columns": columns},
    }
    for file, document in documents.items():
        (folder / file).write_text(json.dumps(document), encoding="utf-8")
    keys = {"device": [f"d{n}" for n in range(20)], "sensor": ["s"] * 20}
    pq.write_table(pa.table(keys), folder / "keys.parquet")
    (folder / "shards" / "0.bin").write_bytes(version.encode())
    (models / name / "CURRENT").write_text(f"{version}\n", encoding="utf-8")
    return folder


def write_files(folder: Path, **deployment: Any) -> Path:
    """A folder with code, models and the files that deploy them; returns the deployment's file."""
    shutil.copytree(CODE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".amlignore").write_text("models/\n*.yml\n", encoding="utf-8")
    documents: dict[str, dict[str, Any]] = {
        "endpoint.yml": {
            "name": "anomaly",
            "description": "Scores.",
            "auth_mode": "aad_token",
            "defaults": {"deployment_name": "fleet"},
        },
        "compute.yml": {
            "name": "cpu-cluster",
            "type": "amlcompute",
            "size": "Standard_DS3_v2",
            "tier": "dedicated",
            "min_instances": 0,
            "max_instances": 2,
            "idle_time_before_scale_down": 120,
        },
        "deployment.yml": {
            "name": "fleet",
            "endpoint_name": "anomaly",
            "type": "model",
            "model": {"path": "models/fleet"},
            "code_configuration": {"code": ".", "scoring_script": "score.py"},
            "environment": {
                "name": "scoring",
                "image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest",
                "conda_file": "conda.yml",
            },
            "compute": "azureml:cpu-cluster",
            "resources": {"instance_count": 1},
            "settings": {
                "mini_batch_size": 1,
                "max_concurrency_per_instance": 1,
                "output_action": "summary_only",
                "error_threshold": 0,
                "logging_level": "info",
                "retry_settings": {"max_retries": 0, "timeout": 60},
                "environment_variables": {"LEVEL": "1"},
            },
            **deployment,
        },
        "conda.yml": {"name": "scoring", "dependencies": ["python=3.11"]},
    }
    for file, document in documents.items():
        (folder / file).write_text(yaml.safe_dump(document), encoding="utf-8")
    return folder / "deployment.yml"
