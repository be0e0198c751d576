"""The retry decorator."""

import itertools
from typing import Any

import pytest

from localazure.functions_host.errors import BadFunctionError
from localazure.functions_host.retries import RetryContext, RetryPolicy, parse_retry_policy

EXPONENTIAL = {
    "strategy": "exponential_backoff",
    "max_retry_count": "-1",
    "minimum_interval": "00:00:01",
    "maximum_interval": "00:00:30",
}


def policy(**fields: Any) -> RetryPolicy:
    """Return a policy."""
    found = parse_retry_policy("f", {**EXPONENTIAL, **fields})
    assert found is not None
    return found


def test_a_fixed_delay_stays_the_same() -> None:
    """As many retries as allowed, each after the same delay."""
    found = policy(strategy="fixed_delay", max_retry_count="2", delay_interval="00:01:05")
    assert [found.delay_s(retry) for retry in (1, 2, 50)] == [65.0, 65.0, 65.0]
    assert [found.allows(retry) for retry in (1, 2, 3)] == [True, True, False]


def test_exponential_delays_grow_within_bounds() -> None:
    """They double, give or take a fifth, and stay between the intervals; -1 never ends."""
    found = policy()
    delays = [found.delay_s(retry) for retry in (1, 2, 3, 4)]
    assert all(1 <= delay <= 30 for delay in delays)
    assert all(earlier < later for earlier, later in itertools.pairwise(delays))
    assert found.delay_s(10_000_000) == 30.0
    assert found.allows(10_000_000)


def test_the_context_tells_the_attempt() -> None:
    """Count, limit and the error of the attempt before; nothing without a policy."""
    found = policy(max_retry_count="4")
    assert found.context(0, None) == RetryContext(0, 4)
    told = found.context(1, ValueError("no luck"))
    assert (told.retry_count, told.max_retry_count) == (1, 4)
    assert told.rpc_exception.message == "no luck"
    assert "ValueError: no luck" in told.rpc_exception.stack_trace
    assert parse_retry_policy("f", None) is None


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"strategy": "never"}, "`strategy` of retry must be fixed_delay or exponential_backoff"),
        ({"max_retry_count": "x"}, "`max_retry_count` must be -1 or more; got 'x'"),
        ({"max_retry_count": "-2"}, "`max_retry_count` must be -1 or more; got '-2'"),
        ({"minimum_interval": "1.00:00:00"}, "`minimum_interval` must be a time span hh:mm:ss"),
        ({"strategy": "fixed_delay", "delay_interval": "5"}, "hh:mm:ss; got '5'"),
        ({"minimum_interval": "00:01:00"}, "`minimum_interval` must be at most `maximum_int"),
        ({"strategy": "fixed_delay"}, "`delay_interval` must be a time span"),
    ],
)
def test_wrong_policies_are_named(fields: dict[str, Any], problem: str) -> None:
    """The function, the field, the rule and the value."""
    with pytest.raises(BadFunctionError) as caught:
        policy(**fields)
    assert problem in str(caught.value)
    assert "Function 'f'" in str(caught.value)
