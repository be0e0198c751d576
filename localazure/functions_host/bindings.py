"""Which bindings the host knows, and how well. All others are refused by their names."""

from collections.abc import Mapping

from localazure.fidelity import Fidelity, same, simplified

# By the type that function.json gives them.
BINDINGS: Mapping[str, Fidelity] = {
    "httpTrigger": simplified("routes as ASP.NET matches them; no request streams, no identities"),
    "http": simplified("as a function's return value; other names are refused"),
    "timerTrigger": simplified("NCRONTAB and TimeSpan schedules, in UTC"),
    "eventHubTrigger": simplified(
        "batches with the retry decorator; partitions are not shared between hosts"
    ),
    "orchestrationTrigger": same(),
    "activityTrigger": same(),
    "durableClient": simplified("the task hub and the storage of the host alone"),
}

# Those that people ask for; what is in neither is refused, too.
REFUSED = (
    *("blob", "blobTrigger", "cosmosDB", "cosmosDBTrigger", "entityTrigger"),
    *("eventGrid", "eventGridTrigger", "eventHub", "kafka", "kafkaTrigger"),
    *("queue", "queueTrigger", "serviceBus", "serviceBusTrigger", "sql", "sqlTrigger"),
    *("table", "warmupTrigger"),
)


def is_imitated(binding_type: str) -> bool:
    """Say whether the host serves a function with a binding of this type."""
    return binding_type in BINDINGS
