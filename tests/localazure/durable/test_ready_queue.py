"""One turn per instance at a time, and no wake is lost."""

from localazure.durable.ready_queue import ReadyQueue


def test_an_instance_is_queued_once() -> None:
    """Many messages are one entry."""
    queue = ReadyQueue()
    queue.put(["a", "b", "a"])
    assert (queue.take(), queue.take()) == ("a", "b")
    queue.close()
    assert queue.take() is None


def test_a_running_instance_comes_up_again_afterwards() -> None:
    """What is put during a turn is taken after it, never beside it."""
    queue = ReadyQueue()
    queue.put(["a"])
    assert queue.take() == "a"
    queue.put(["a", "b"])
    assert queue.take() == "b"
    queue.done("a")
    assert queue.take() == "a"
