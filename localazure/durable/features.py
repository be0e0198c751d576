"""How faithful the engine is, by what the SDK offers an orchestrator and a client.

Its keys are the names of `DurableOrchestrationContext` and `DurableOrchestrationClient`.
"""

from collections.abc import Mapping

from localazure.fidelity import Fidelity, not_imitated, same, simplified

_ENTITIES = not_imitated("the orchestration fails and names the feature")

ORCHESTRATOR: Mapping[str, Fidelity] = {
    "call_activity": same("by name and by function, sync and async"),
    "call_activity_with_retry": same(),
    "call_entity": _ENTITIES,
    "call_http": _ENTITIES,
    "call_sub_orchestrator": same(),
    "call_sub_orchestrator_with_retry": same(),
    "continue_as_new": simplified(
        "external events that were not awaited are carried over, with a warning; Azure drops them"
    ),
    "create_timer": same(),
    "current_utc_datetime": same(),
    "custom_status": same(),
    "from_json": same(),
    "function_context": same(),
    "get_input": same(),
    "histories": same(),
    "instance_id": same(),
    "is_replaying": same(),
    "new_guid": same(),
    "new_uuid": same(),
    "parent_instance_id": same(),
    "set_custom_status": simplified("of any length; Azure takes 16 KB"),
    "signal_entity": _ENTITIES,
    "task_all": same(),
    "task_any": same(),
    "version": simplified("the version given at the start; no version checks"),
    "wait_for_external_event": same("buffered before they are awaited, several waiters"),
    "will_continue_as_new": same(),
}

CLIENT: Mapping[str, Fidelity] = {
    "create_check_status_response": same(),
    "create_http_management_payload": same(),
    "get_client_response_links": same(),
    "get_status": same(),
    "get_status_all": same(),
    "get_status_by": same(),
    "purge_instance_history": same(),
    "purge_instance_history_by": same(),
    "raise_event": same(),
    "read_entity_state": not_imitated("501"),
    "restart": same(),
    "resume": same(),
    "rewind": simplified("attempts that a retry made good are no failures"),
    "signal_entity": not_imitated("501"),
    "start_new": simplified("an unknown orchestrator is refused at once"),
    "suspend": same(),
    "terminate": simplified("sub-orchestrations go on, as with Azure Storage"),
    "wait_for_completion_or_create_check_status_response": same(),
}
