"""Azure ML's entities as plain fields, the same for what a file says and what the service answers.

The two spell the same things differently: an asset is `azureml:fleet:1` or an ARM id, a level is
`info` or `Info`. What is compared is brought to one form here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from deploy_model.planning import Resource, Value

CONTENT = "windrow-content"
"""The tag of a registered model with the hash of its content (`LocalModel.content`)."""

SUMMARY_ONLY = "summary_only"
_VERSIONED = re.compile(r"/(?:models|codes|environments)/([^/]+)/versions/([^/]+)$", re.IGNORECASE)
_NAMED = re.compile(r"/computes/([^/]+)$", re.IGNORECASE)


def short_id(reference: object) -> str | None:
    """`NAME:VERSION` of an asset, or the name of a compute, however it is referred to."""
    if reference is None:
        return None
    text = str(reference)
    if found := _VERSIONED.search(text):
        return f"{found[1]}:{found[2]}"
    if found := _NAMED.search(text):
        return found[1]
    return text.removeprefix("azureml:")


def environment(entity: Any) -> Resource:
    """An environment: its image, and the hash of what conda installs on it.

    One whose version was made from these has nothing to compare beyond its name.
    """
    fields: dict[str, Value] = {}
    if entity.version != environment_version(entity.image, entity.conda_file):
        fields = {"image": entity.image, "conda_file": conda_hash(entity.conda_file)}
    return Resource("environment", f"{entity.name}:{entity.version}", fields)


def conda_hash(conda: object) -> str | None:
    """The hash of a conda file's meaning: comments and order of fields do not count."""
    if not conda:
        return None
    return hashlib.sha256(json.dumps(conda, sort_keys=True).encode()).hexdigest()[:12]


def environment_version(image: str | None, conda: object) -> str:
    """The version of an environment whose file states none: the same content, the same version."""
    return hashlib.sha256(f"{image}\n{conda_hash(conda)}".encode()).hexdigest()[:12]


def model(entity: Any) -> Resource:
    """A model: the hash of its content. Where it lies does not matter, once it is registered."""
    tags: Mapping[str, str] = entity.tags or {}
    return Resource("model", f"{entity.name}:{entity.version}", {"content": tags.get(CONTENT)})


def compute(entity: Any) -> Resource:
    """A cluster: what it is made of, and how it scales."""
    idle = entity.idle_time_before_scale_down
    fields: dict[str, Value] = {
        "description": entity.description,
        "size": entity.size.upper() if entity.size else None,
        "tier": _snake(entity.tier),
        "min_instances": entity.min_instances,
        "max_instances": entity.max_instances,
        "idle_time_before_scale_down": None if idle is None else int(idle),
    }
    return Resource("compute", entity.name, fields)


def endpoint(entity: Any) -> Resource:
    """An endpoint, without its default: that one is switched, not applied."""
    fields: dict[str, Value] = {
        "description": entity.description,
        "auth_mode": _snake(entity.auth_mode),
        **_tags(entity),
    }
    return Resource("endpoint", entity.name, fields)


def deployment(entity: Any) -> Resource:
    """A deployment: what is deployed, and how it scores."""
    # A file's entity has `settings`; the service's answer has the same behind its own attributes.
    settings, code = getattr(entity, "settings", None) or entity, entity.code_configuration
    retry = settings.retry_settings
    append = settings.output_action != SUMMARY_ONLY
    fields: dict[str, Value] = {
        "model": short_id(entity.model),
        "code": short_id(code.code) if code else None,
        "scoring_script": str(code.scoring_script) if code else None,
        "environment": short_id(entity.environment),
        "compute": short_id(entity.compute),
        "instance_count": entity.resources.instance_count if entity.resources else None,
        "mini_batch_size": settings.mini_batch_size,
        "max_concurrency_per_instance": settings.max_concurrency_per_instance,
        "output_action": settings.output_action,
        # The service keeps a name that summary_only does not use; the SDK does not give it back.
        "output_file_name": settings.output_file_name if append else None,
        "error_threshold": settings.error_threshold,
        "max_retries": retry.max_retries if retry else None,
        "timeout": retry.timeout if retry else None,
        "logging_level": _level(settings.logging_level),
        "environment_variables": _as_text(settings.environment_variables),
        "description": entity.description,
        **_tags(entity),
    }
    return Resource("deployment", entity.name, fields)


def _tags(entity: Any) -> dict[str, Value]:
    return {f"tags.{name}": str(value) for name, value in (entity.tags or {}).items()}


def _as_text(variables: Mapping[str, Any] | None) -> str:
    return (
        json.dumps({k: str(v) for k, v in variables.items()}, sort_keys=True) if variables else ""
    )


def _level(level: object) -> str | None:
    """`info`, `Info`, and the SDK's member of an enumeration are one."""
    return str(getattr(level, "value", level)).lower() if level else None


def _snake(text: str | None) -> str | None:
    """`AADToken`, `aadToken` and `aad_token` are one; so are `LowPriority` and `low_priority`."""
    return None if text is None else str(text).replace("_", "").lower()
