"""Events reach functions in order, at least once, with the checkpoint behind them."""

import itertools
from collections.abc import Callable
from functools import partial

from tests.localazure.functions_host.event_hubs.conftest import Listening
from tests.localazure.functions_host.event_hubs.plane import Plane
from tests.support.waiting import wait_until

Listen = Callable[..., Listening]


def delivered(listening: Listening, function: str, bodies: list[list[str]]) -> bool:
    """Say whether a function has received just these batches."""
    return listening.bodies(function) == bodies


def numbered(count: int) -> list[bytes]:
    """Return bodies that tell their place."""
    return [f"{number}".encode() for number in range(count)]


def saved(plane: Plane, hub: str, number: int, group: str = "$Default") -> None:
    """Wait until partition 0 has a checkpoint at an event."""
    wait_until(
        lambda: plane.checkpoints.get((hub, group, "0")) == number,
        description=f"checkpoint {number} of {hub}",
    )


def test_batches_come_in_order(plane: Plane, listen: Listen) -> None:
    """Each partition's events come in order, at most `maxEventBatchSize` at a time."""
    plane.send("telemetry", *numbered(25))
    plane.send("telemetry", b"other", partition=1)
    listening = listen()
    saved(plane, "telemetry", 24, "windrow")
    plane.send("telemetry", b"late")
    saved(plane, "telemetry", 25, "windrow")
    batches = [one for one in listening.bodies("batches") if one != ["other"]]
    assert [len(one) for one in batches] == [10, 10, 5, 1]
    assert [*itertools.chain(*batches)] == [*map(str, range(25)), "late"]
    mine = [number for _, partition, number in plane.saved if partition == "0"]
    assert mine == [9, 19, 24, 25]
    assert set(plane.limits) == {10}
    output = listening.host.output()
    assert "batches: eventHubTrigger (telemetry, consumer group windrow, many)" in output
    assert "singles: eventHubTrigger (singles, consumer group $Default, one)" in output
    assert "Succeeded (10 events of partition 0)" in output


def test_the_checkpoint_follows_the_return(plane: Plane, listen: Listen) -> None:
    """While a function runs on a partition there is no checkpoint; other partitions go on."""
    plane.send("texts", b"hold")
    plane.send("texts", b"free", partition=1)
    listening = listen()
    wait_until(lambda: ["hold"] in listening.bodies("texts"), description="the delivery")
    wait_until(
        lambda: plane.checkpoints.get(("texts", "$Default", "1")) == 0,
        description="the other partition's checkpoint",
    )
    assert ("texts", "$Default", "0") not in plane.checkpoints
    listening.let_go()
    saved(plane, "texts", 0)


def test_what_raises_is_given_up(plane: Plane, listen: Listen) -> None:
    """Without a retry policy the checkpoint passes a batch that raised, and a line says so."""
    plane.send("telemetry", b"a", b"fail", b"b")
    listening = listen()
    saved(plane, "telemetry", 2, "windrow")
    plane.send("telemetry", b"c")
    saved(plane, "telemetry", 3, "windrow")
    assert listening.bodies("batches") == [["a", "fail", "b"], ["c"]]
    assert (
        "Function batches gave up 3 events of partition 0 of event hub 'telemetry' "
        "(sequence numbers 0 to 2): RuntimeError: no luck at retry 0"
    ) in listening.host.output()


def test_retries_hold_the_checkpoint(plane: Plane, listen: Listen) -> None:
    """The same batch comes again, with count and error in the context, until it succeeds."""
    plane.send("retried", b"fail 2", b"b")
    listening = listen()
    saved(plane, "retried", 1)
    found = listening.deliveries("retried")
    assert listening.bodies("retried") == [["fail 2", "b"]] * 3
    assert [one["retry"] for one in found] == [[0, 2], [1, 2], [2, 2]]
    assert [one["error"] for one in found] == [
        None,
        "no luck at retry 0",
        "no luck at retry 1",
    ]
    assert [entry for entry in plane.saved if entry[0] == "retried"] == [("retried", "0", 1)]
    assert "gave up" not in listening.host.output()


def test_retries_end(plane: Plane, listen: Listen) -> None:
    """After `maxRetryCount` retries the batch is given up and the next one comes."""
    plane.send("retried", b"fail")
    listening = listen()
    saved(plane, "retried", 0)
    plane.send("retried", b"next")
    saved(plane, "retried", 1)
    assert listening.bodies("retried") == [["fail"]] * 3 + [["next"]]
    assert "gave up 1 event of partition 0" in listening.host.output()
    assert "after 2 retries: RuntimeError" in listening.host.output()


def test_endless_retries_survive_a_restart(plane: Plane, listen: Listen) -> None:
    """With -1 a batch is never given up; a host that stops in between redelivers it, anew."""
    plane.send("persistent", b"fail")
    listening = listen()
    wait_until(lambda: len(listening.bodies("persistent")) > 3, description="retries")
    assert listening.host.stop() == 0
    before = len(listening.bodies("persistent"))
    listening.host.start()
    wait_until(lambda: len(listening.bodies("persistent")) > before, description="redelivery")
    assert listening.deliveries("persistent")[before]["retry"] == [0, -1]
    assert not [entry for entry in plane.saved if entry[0] == "persistent"]


def test_a_killed_host_redelivers(plane: Plane, listen: Listen) -> None:
    """What was delivered without a checkpoint comes again; what has one does not."""
    plane.send("texts", b"done")
    listening = listen()
    saved(plane, "texts", 0)
    plane.send("texts", b"hold", b"x")
    wait_until(lambda: len(listening.bodies("texts")) == 2, description="the delivery")
    listening.host.kill()
    listening.let_go()
    listening.host.start()
    saved(plane, "texts", 2)
    assert listening.bodies("texts") == [["done"], ["hold", "x"], ["hold", "x"]]


def test_a_stop_keeps_no_checkpoint_of_what_runs(plane: Plane, listen: Listen) -> None:
    """SIGTERM ends the host though functions still run; their batches come again."""
    plane.send("texts", b"hold")
    plane.send("singles", b"hold", b"after")
    listening = listen()
    wait_until(
        lambda: listening.bodies("texts") and listening.bodies("singles"),
        description="the deliveries",
    )
    assert listening.host.stop() == 0
    assert plane.saved == []
    listening.let_go()
    listening.host.start()
    saved(plane, "texts", 0)
    saved(plane, "singles", 1)
    assert listening.bodies("singles") == [["hold"], ["hold"], ["after"]]


def test_singles_come_one_by_one(plane: Plane, listen: Listen) -> None:
    """Cardinality one: an invocation per event, in order; one that raises is given up alone."""
    plane.send("singles", b"a", b"fail", b"c", key="k")
    listening = listen()
    saved(plane, "singles", 2)
    assert listening.bodies("singles") == [["a"], ["fail"], ["c"]]
    assert [entry for entry in plane.saved if entry[0] == "singles"] == [("singles", "0", 2)]
    assert "gave up 1 event of partition 0 of event hub 'singles'" in listening.host.output()
    found = listening.deliveries("singles")[2]
    assert found["events"][0]["partition_key"] == "k"
    assert found["metadata"]["SequenceNumber"] == 2


def test_an_outage_is_survived(plane: Plane, listen: Listen) -> None:
    """A plane that goes and comes back is told once, and deliveries go on where they were."""
    plane.send("telemetry", b"before")
    listening = listen()
    saved(plane, "telemetry", 0, "windrow")
    plane.stop()
    wait_until(
        lambda: "Function batches gets no events" in listening.host.output(),
        description="the outage is told",
    )
    plane.send("telemetry", b"after")
    plane.start()
    saved(plane, "telemetry", 1, "windrow")
    wait_until(
        lambda: "Function batches gets events again." in listening.host.output(),
        description="the end of the outage is told",
    )
    assert listening.bodies("batches") == [["before"], ["after"]]
    assert listening.host.output().count("Function batches gets no events") == 1


def test_a_wrong_setting_stops_one_function_only(plane: Plane, listen: Listen) -> None:
    """An unknown hub and a missing setting are named in one line each; they are tried again."""
    listening = listen()
    plane.send("telemetry", b"a")
    saved(plane, "telemetry", 0, "windrow")
    output = listening.host.output()
    assert (
        "Function lost does not listen: eventHubName 'nowhere', consumerGroup '$Default': "
        f"{plane.namespace} answers HTTP 404 hub must be one of the others."
    ) in output
    assert (
        "Function unset does not listen: connection 'UNKNOWN': neither "
        "UNKNOWN__fullyQualifiedNamespace nor UNKNOWN is an app setting."
    ) in output
    assert "Functions lost, lost_too listen to event hub 'nowhere' as the same consumer" in output
    assert "Function yearly has a retry policy, which localazure imitates for" in output
    plane.add_hub("nowhere")
    plane.send("nowhere", b"found")
    wait_until(
        lambda: plane.checkpoints.get(("nowhere", "$Default", "0")) == 0,
        description="the hub is listened to",
    )
    assert listening.host.output().count("Function lost does not listen:") == 1


def test_an_event_is_delivered_by_hand(plane: Plane, listen: Listen) -> None:
    """POST /admin/functions/{name} delivers one event with that body, and no checkpoint."""
    listening = listen()
    for name in ("batches", "singles"):
        response = listening.host.post(f"/admin/functions/{name}", json={"input": "by hand é"})
        assert response.status_code == 202
        expected = [["by hand é".encode().decode("latin-1")]]
        wait_until(partial(delivered, listening, name, expected), description="the event")
        refused = listening.host.post(f"/admin/functions/{name}", json={"input": 1})
        assert refused.status_code == 400
        assert "`input` must be a text" in refused.json()["Message"]
    assert listening.deliveries("batches")[0]["metadata"]["PartitionContext"]["PartitionId"] == "0"
    assert plane.saved == []
