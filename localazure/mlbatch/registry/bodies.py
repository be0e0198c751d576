"""The bodies of answers about endpoints, deployments and assets, as azure-ai-ml's models expect."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from localazure.mlbatch.catalog import Deployment, Endpoint, Terms
from localazure.mlbatch.registry.ids import AssetKey
from localazure.mlbatch.registry.store import Asset, AssetName
from localazure.mlbatch.registry.uploads import Upload
from localazure.mlbatch.responses import Body, Workspace

_PROVIDER = "Microsoft.MachineLearningServices/workspaces"
_LOCATION = "local"
_ACTIONS = {"append_row": "AppendRow", "summary_only": "SummaryOnly"}


def asset_body(workspace: Workspace, asset: Asset, account_url: str) -> Body:
    """Return a version of an asset; code has the address that its files have today."""
    properties: Body = {"description": None, "tags": {}, "properties": {}, **asset.properties}
    properties |= {"provisioningState": "Succeeded"}
    if asset.key.kind == "models":
        properties = {"flavors": {}, "modelType": "custom_model", **properties}
    if asset.key.kind == "codes" and asset.origin:
        properties["codeUri"] = f"{account_url}/{asset.origin.container}/{asset.origin.path}"
    return {
        "id": asset_id(workspace, asset.key),
        "name": asset.key.version,
        "type": f"{_PROVIDER}/{asset.key.kind}/versions",
        "properties": properties,
        "systemData": _system_data(asset.created_at),
    }


def asset_id(workspace: Workspace, key: AssetKey) -> str:
    """Return the ARM id of a version."""
    return f"{workspace.id}/{key.kind}/{key.name}/versions/{key.version}"


def asset_name_body(workspace: Workspace, item: AssetName) -> Body:
    """Return an asset without its versions: what Azure calls its container."""
    return {
        "id": f"{workspace.id}/{item.kind}/{item.name}",
        "name": item.name,
        "type": f"{_PROVIDER}/{item.kind}",
        "properties": {
            "tags": {},
            "properties": {},
            "isArchived": False,
            "latestVersion": item.latest_version,
            "nextVersion": item.next_version,
            "provisioningState": "Succeeded",
        },
        "systemData": _system_data(item.created_at),
    }


def upload_body(upload: Upload, upload_id: str) -> Body:
    """Return a place to upload to."""
    return {
        "pendingUploadId": upload_id,
        "pendingUploadType": "TemporaryBlobReference",
        "blobReferenceForConsumption": {
            "blobUri": upload.blob_uri,
            "credential": {"credentialType": "SAS", "sasUri": upload.sas_uri},
        },
    }


def endpoint_body(workspace: Workspace, endpoint: Endpoint) -> Body:
    """Return a batch endpoint."""
    definition = endpoint.definition
    properties = {
        "authMode": "AADToken",
        "description": definition.description,
        "properties": definition.properties,
        "defaults": {"deploymentName": definition.defaults.deployment_name},
        "scoringUri": f"{workspace.base_url}/mlbatch/{endpoint.name}/jobs",
        "provisioningState": "Succeeded",
    }
    path = f"batchEndpoints/{endpoint.name}"
    return _tracked(workspace, path, "batchEndpoints", properties, definition.tags)


def deployment_body(workspace: Workspace, deployment: Deployment) -> Body:
    """Return a deployment; one whose file is broken shows as failed, with the reason."""
    properties: Body
    if deployment.terms is None:
        properties = {"provisioningState": "Failed", "description": str(deployment.problem)}
    else:
        properties = _deployment(deployment.terms)
    path = f"batchEndpoints/{deployment.endpoint}/deployments/{deployment.name}"
    tags = deployment.terms.tags if deployment.terms else {}
    return _tracked(workspace, path, "batchEndpoints/deployments", properties, tags)


def _deployment(terms: Terms) -> Body:
    settings = terms.settings
    registered = terms.model and terms.model.origin
    return {
        "description": terms.description,
        "properties": terms.properties,
        "codeConfiguration": {"codeId": terms.code.id, "scoringScript": str(terms.script)},
        "model": {"referenceType": "Id", "assetId": terms.model.id}
        if terms.model and registered
        else None,
        "environmentId": terms.environment,
        "compute": terms.compute,
        "environmentVariables": settings.environment_variables,
        "errorThreshold": settings.error_threshold,
        "loggingLevel": settings.logging_level.capitalize(),
        "maxConcurrencyPerInstance": settings.max_concurrency_per_instance,
        "miniBatchSize": settings.mini_batch_size,
        "outputAction": _ACTIONS[settings.output_action],
        "outputFileName": settings.output_file_name,
        "resources": {
            "instanceCount": settings.instance_count,
            "instanceType": terms.instance_type,
        },
        "retrySettings": {
            "maxRetries": settings.retry_settings.max_retries,
            "timeout": f"PT{settings.retry_settings.timeout}S",
        },
        "provisioningState": "Succeeded",
    }


def _tracked(
    workspace: Workspace, path: str, kind: str, properties: Body, tags: Mapping[str, Any]
) -> Body:
    return {
        "id": f"{workspace.id}/{path}",
        "name": path.rpartition("/")[2],
        "type": f"{_PROVIDER}/{kind}",
        "location": _LOCATION,
        "tags": dict(tags),
        "properties": properties,
    }


def _system_data(created_at: datetime) -> Body:
    return {"createdAt": created_at.isoformat(), "createdByType": "User"}
