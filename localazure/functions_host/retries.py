"""The retry decorator: how often and after which delay a failed invocation is repeated.

What a function sees of it, `context.retry_context`, is here as well. Source of the rules: "Azure
Functions error handling and retries"; the decorator's arguments reach the host as texts.
"""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localazure.functions_host.errors import BadFunctionError
from localazure.functions_host.tracebacks import app_traceback

FIXED, EXPONENTIAL = "fixed_delay", "exponential_backoff"
FOR_EVER = -1
# The real host varies exponential delays by as much, so that many instances do not retry at once.
JITTER = 0.2
# What Azure's Python worker makes of a `maximum_interval` that is left out.
LONGEST_S = 2**31 - 1


@dataclass(frozen=True)
class RpcException:
    """The error of the attempt before; empty at the first one, and without a policy."""

    source: str = ""
    stack_trace: str = ""
    message: str = ""


@dataclass(frozen=True)
class RetryContext:
    """What a function learns of its retries; without a policy all of it is zero.

    The SDK's abstract class says `exception`; what Azure's worker hands out says `rpc_exception`.
    """

    retry_count: int = 0
    max_retry_count: int = 0
    rpc_exception: RpcException = RpcException()


@dataclass(frozen=True)
class RetryPolicy:
    """One function's policy; a fixed delay is one whose bounds, in seconds, are the same."""

    max_retry_count: int
    shortest_s: float
    longest_s: float

    def allows(self, retry: int) -> bool:
        """Say whether there may be a retry with this number, counted from 1."""
        return self.max_retry_count == FOR_EVER or retry <= self.max_retry_count

    def delay_s(self, retry: int) -> float:
        """Return how long to wait before a retry, counted from 1."""
        # Beyond 2**32 no delay grows any more, and a float would overflow one day.
        wanted = self.shortest_s * 2.0 ** min(retry - 1, 32)
        varied = wanted * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
        return min(max(varied, self.shortest_s), self.longest_s)

    def context(self, retry: int, error: BaseException | None) -> RetryContext:
        """Return what the function sees at an attempt; 0 is the first one."""
        told = RpcException()
        if error is not None:
            told = RpcException(type(error).__module__, app_traceback(error), str(error))
        return RetryContext(retry, self.max_retry_count, told)


def parse_retry_policy(function: str, setting: Mapping[str, Any] | None) -> RetryPolicy | None:
    """Read what `@app.retry` left behind.

    Raises:
        BadFunctionError: a field of the policy breaks a rule.
    """
    if setting is None:
        return None
    strategy = setting.get("strategy")
    try:
        count = int(str(setting.get("max_retry_count")))
    except ValueError:
        count = FOR_EVER - 1
    if count < FOR_EVER:
        got = setting.get("max_retry_count")
        raise BadFunctionError(function, f"`max_retry_count` must be -1 or more; got {got!r}")
    if strategy == FIXED:
        delay = _interval(function, setting, "delay_interval")
        return RetryPolicy(count, delay, delay)
    if strategy != EXPONENTIAL:
        rule = f"`strategy` of retry must be {FIXED} or {EXPONENTIAL}; got {strategy!r}"
        raise BadFunctionError(function, rule)
    shortest = _interval(function, setting, "minimum_interval", default_s=0)
    longest = _interval(function, setting, "maximum_interval", default_s=LONGEST_S)
    if shortest > longest:
        rule = f"`minimum_interval` must be at most `maximum_interval`; got {shortest:g} s"
        raise BadFunctionError(function, rule)
    return RetryPolicy(count, shortest, longest)


def _interval(
    function: str, setting: Mapping[str, Any], name: str, default_s: float | None = None
) -> float:
    value = setting.get(name)
    if not value and default_s is not None:
        return float(default_s)
    # As Azure's Python worker reads it: no days, no whole seconds.
    try:
        read = time.strptime(str(value), "%H:%M:%S")
    except ValueError as error:
        rule = f"`{name}` must be a time span hh:mm:ss; got {value!r}"
        raise BadFunctionError(function, rule) from error
    return float((read.tm_hour * 60 + read.tm_min) * 60 + read.tm_sec)
