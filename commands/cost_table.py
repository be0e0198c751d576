"""Shows what a month costs: a table of three ways to run a cluster, and how it was computed."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.clusters import Demand
from domain.cost_month import Month, Tariff, Terms
from domain.cost_policy import Decision
from domain.metering import HOUR_S, Price
from domain.sizing import seconds


@dataclass(frozen=True)
class Estimate:
    """What was computed, and from what; `idle_s` is the cluster's own idle time."""

    demand: Demand
    terms: Terms
    source: str
    price: Price | None
    idle_s: float
    always_on: Month
    to_zero: Month
    policy: Month
    note: str
    decision: Decision | None


def show_estimate(estimate: Estimate, console: Console) -> None:
    """Prints it all."""
    for line in _assumed(estimate):
        console.print(Text(line), soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in ("node hours a month", f"cost a month{_unit(estimate)}", "waiting per run"):
        table.add_column(name, justify="right")
    ways = {
        "always on": estimate.always_on,
        "to zero": estimate.to_zero,
        "cost policy": estimate.policy,
    }
    for name, month in ways.items():
        table.add_row(
            name, f"{month.node_hours:,.1f}", _money(estimate, month), seconds(month.wait_s)
        )
    console.print()
    console.print(table)
    console.print()
    for line in _reasons(estimate):
        console.print(Text(line), soft_wrap=True)


def _assumed(estimate: Estimate) -> list[str]:
    demand, terms = estimate.demand, estimate.terms
    return [
        f"{demand.pipeline}: {estimate.to_zero.runs:,.1f} runs a month on {demand.nodes} nodes; "
        f"{seconds(demand.head_s)} before scoring, {seconds(demand.run_s)} of scoring "
        f"({estimate.source})",
        f"nodes take {seconds(terms.start_s)} to start; idle ones stay for "
        f"{seconds(estimate.idle_s)}, with the policy {seconds(terms.idle_s)}",
    ]


def _reasons(estimate: Estimate) -> list[str]:
    terms = estimate.terms
    lines = [
        "always on    every node, all month",
        f"to zero      {_sum(estimate, estimate.to_zero)}",
        f"cost policy  {_sum(estimate, estimate.policy)}; nodes stay through gaps of up to "
        f"{seconds(terms.worth_keeping_s)}"
        + (f" and start {seconds(terms.lead_s)} ahead" if terms.warms_ahead else ""),
    ]
    gaps = ", ".join(
        f"{kind} ({count:,.0f} times a month)" for kind, count in estimate.policy.gaps.items()
    )
    lines.append(f"             before a run, nodes {gaps or 'are busy'}")
    if estimate.note:
        lines.append(estimate.note)
    if estimate.price is None:
        lines.append("no price is known: --price, or the setting COMPUTE_PRICE_PER_NODE_HOUR")
    if estimate.decision is not None:
        nodes, why = estimate.decision.min_instances, estimate.decision.why
        lines.append(f"now the policy would keep {nodes} nodes: {why}")
    return lines


def _sum(estimate: Estimate, month: Month) -> str:
    """The arithmetic of a row."""
    demand = estimate.demand
    each_s = month.node_hours * HOUR_S / max(1, demand.nodes) / month.runs
    return (
        f"{month.runs:,.1f} runs x {demand.nodes} nodes x {each_s:,.0f} s: {demand.run_s:,.0f} s "
        f"of work, {each_s - demand.run_s:,.0f} s of starting and idling"
    )


def _unit(estimate: Estimate) -> str:
    return f" ({estimate.price.currency})" if estimate.price else ""


def _money(estimate: Estimate, month: Month) -> str:
    return f"{Tariff(estimate.price).cost(month):,.2f}" if estimate.price else "-"
