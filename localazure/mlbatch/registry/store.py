"""What was PUT, in SQLite. It knows no rule but that a version of an asset exists once."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from localazure.mlbatch.datastores import LakePath
from localazure.mlbatch.registry.ids import AssetKey, Kind
from localazure.mlbatch.registry.serving_wire import DeploymentResource, EndpointResource

_SCHEMA = Path(__file__).with_name("schema.sql")


@dataclass(frozen=True)
class Asset:
    """A version of a model, of code, or of an environment."""

    key: AssetKey
    properties: Mapping[str, JsonValue]
    origin: LakePath | None
    created_at: datetime


@dataclass(frozen=True)
class AssetName:
    """All versions of an asset: the newest one, and the number that a next one would get."""

    kind: Kind
    name: str
    latest_version: str
    next_version: str
    created_at: datetime


class RegistryStore:
    """Resources that survive a restart. For one thread: the event loop's."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        # WAL with NORMAL loses nothing when a process is killed, and spares an fsync per commit.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA.read_text(encoding="utf-8"))

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def put_asset(
        self, key: AssetKey, properties: Mapping[str, JsonValue], origin: LakePath | None
    ) -> Asset:
        """Keep a version, or the new properties of one; its origin and its age stay."""
        self._db.execute(
            "INSERT INTO assets (kind, name, version, properties, origin, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET properties = excluded.properties",
            (
                *(key.kind, key.name, key.version, json.dumps(properties)),
                origin.model_dump_json() if origin else None,
                datetime.now(UTC).isoformat(),
            ),
        )
        asset = self.asset(key)
        if asset is None:
            raise LookupError(f"{key} was not kept")
        return asset

    def asset(self, key: AssetKey) -> Asset | None:
        """Return a version, if there is one."""
        found = self._assets(
            "kind = ? AND name = ? AND version = ?", key.kind, key.name, key.version
        )
        return found[0] if found else None

    def versions(
        self, kind: Kind, name: str, *, oldest_first: bool, archived: bool | None
    ) -> list[Asset]:
        """Return the versions of an asset; ``archived`` of None means all."""
        found = self._assets("kind = ? AND name = ?", kind, name)
        if archived is not None:
            found = [a for a in found if bool(a.properties.get("isArchived")) is archived]
        return found if oldest_first else found[::-1]

    def by_hash(self, kind: Kind, content_hash: str, hash_version: str) -> list[Asset]:
        """Return the assets of this content, under whatever name."""
        return self._assets(
            "kind = ? AND json_extract(properties, '$.properties.hash_sha256') = ?"
            " AND json_extract(properties, '$.properties.hash_version') = ?",
            *(kind, content_hash, hash_version),
        )

    def names(self, kind: Kind, name: str | None = None) -> list[AssetName]:
        """Return the assets of a kind by name, or the one that is named."""
        rows = self._db.execute(
            "SELECT newest.name, newest.version, every.first, every.highest FROM ("
            " SELECT MAX(number) AS number, MIN(created_at) AS first,"
            " MAX(CASE WHEN version NOT GLOB '*[^0-9]*' THEN CAST(version AS INTEGER) END)"
            " AS highest FROM assets WHERE kind = ?1 AND (?2 IS NULL OR name = ?2) GROUP BY name"
            ") AS every JOIN assets AS newest USING (number) ORDER BY newest.name",
            (kind, name),
        )
        return [
            AssetName(
                *(kind, row["name"], row["version"], str((row["highest"] or 0) + 1)),
                datetime.fromisoformat(row["first"]),
            )
            for row in rows
        ]

    def put_endpoint(self, name: str, resource: EndpointResource) -> None:
        """Keep an endpoint in place of what was there."""
        self._db.execute(
            "INSERT OR REPLACE INTO endpoints VALUES (?, ?)",
            (name, json.dumps(resource.document())),
        )

    def endpoints(self) -> dict[str, EndpointResource]:
        """Return all endpoints by name."""
        rows = self._db.execute("SELECT * FROM endpoints ORDER BY name")
        return {row["name"]: EndpointResource.model_validate_json(row["resource"]) for row in rows}

    def delete_endpoint(self, name: str) -> bool:
        """Forget an endpoint and its deployments; say whether there was anything."""
        self._db.execute("BEGIN")
        with self._db:
            deployments = self._db.execute("DELETE FROM deployments WHERE endpoint = ?", (name,))
            endpoints = self._db.execute("DELETE FROM endpoints WHERE name = ?", (name,))
        return bool(deployments.rowcount or endpoints.rowcount)

    def put_deployment(self, endpoint: str, name: str, resource: DeploymentResource) -> None:
        """Keep a deployment in place of what was there."""
        self._db.execute(
            "INSERT OR REPLACE INTO deployments VALUES (?, ?, ?)",
            (endpoint, name, json.dumps(resource.document())),
        )

    def deployments(self, endpoint: str) -> dict[str, DeploymentResource]:
        """Return the deployments of an endpoint by name."""
        rows = self._db.execute(
            "SELECT * FROM deployments WHERE endpoint = ? ORDER BY name", (endpoint,)
        )
        return {
            row["name"]: DeploymentResource.model_validate_json(row["resource"]) for row in rows
        }

    def delete_deployment(self, endpoint: str, name: str) -> bool:
        """Forget a deployment; say whether there was one."""
        gone = self._db.execute(
            "DELETE FROM deployments WHERE endpoint = ? AND name = ?", (endpoint, name)
        )
        return bool(gone.rowcount)

    def _assets(self, condition: str, *values: Any) -> list[Asset]:
        rows = self._db.execute(f"SELECT * FROM assets WHERE {condition} ORDER BY number", values)
        return [_asset(row) for row in rows]


def _asset(row: sqlite3.Row) -> Asset:
    origin = row["origin"]
    return Asset(
        AssetKey(row["kind"], row["name"], row["version"]),
        json.loads(row["properties"]),
        LakePath.model_validate_json(origin) if origin else None,
        datetime.fromisoformat(row["created_at"]),
    )
