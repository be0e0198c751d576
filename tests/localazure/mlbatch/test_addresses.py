"""Addresses of inputs and outputs, and durations of retries."""

import pytest

from localazure.mlbatch.datastores import LakePath, Resolver
from localazure.mlbatch.errors import JobFailedError
from localazure.mlbatch.invocation import RetryOverride, parse_invocation

_RESOLVER = Resolver({"lake": "data"}, "https://127.0.0.1:1/account")


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("azureml://datastores/lake/paths/a/b/", "a/b"),
        ("azureml://datastores/lake/paths/", ""),
        ("azureml://datastores/lake/paths/pipeline=p/chunk=1", "pipeline=p/chunk=1"),
        (
            "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/lake/paths/a.csv",
            "a.csv",
        ),
        (
            "azureml://subscriptions/s/resourceGroups/g/workspaces/w/datastores/lake/paths/a",
            "a",
        ),
        ("https://127.0.0.1:1/account/data/a/b.csv", "a/b.csv"),
    ],
)
def test_an_address_leads_to_a_container_and_a_path(uri: str, path: str) -> None:
    """Short, long and https forms mean the same place."""
    assert _RESOLVER.resolve(uri) == LakePath(container="data", path=path)


@pytest.mark.parametrize(
    "uri",
    ["a/b", "azureml:asset:1", "https://example.com/a", "azureml://datastores/lake/paths/../a"],
)
def test_other_addresses_are_refused(uri: str) -> None:
    """An address that leads nowhere known is named in the error."""
    with pytest.raises(JobFailedError, match="the address '"):
        _RESOLVER.resolve(uri)


@pytest.mark.parametrize(
    ("timeout", "seconds"), [("PT30S", 30), ("PT1M30S", 90), ("PT1H", 3600), (45, 45)]
)
def test_a_timeout_is_a_duration(timeout: object, seconds: int) -> None:
    """The SDK sends ISO 8601 durations."""
    assert RetryOverride.model_validate({"timeout": timeout}).timeout == seconds


def test_overrides_are_read_by_their_wire_names() -> None:
    """Only what the caller stated overrides the deployment."""
    body = (
        b'{"properties": {"inputData": {"x": {"jobInputType": "UriFile", "uri": "u"}},'
        b' "miniBatchSize": 3, "compute": {"instanceCount": 2, "isLocal": true}}}'
    )
    assert parse_invocation(body).overrides() == {"mini_batch_size": 3, "instance_count": 2}
