"""The names under which functions are registered: what orchestrators call across the boundary."""

RUN_PIPELINE = "run_pipeline"
SCORE_SEGMENT = "score_segment"
SCORE_CHUNK = "score_chunk"
COLLECT_BURST = "collect_burst"
PREPARE_WINDOWS = "prepare_windows"
SCALE_CLUSTERS = "scale_clusters"

RECORD_RUN = "record_run"
CHECK_ENDPOINT = "check_endpoint"
LIST_INPUTS = "list_inputs"
SIZE_CHUNKS = "size_chunks"
AGGREGATE_WINDOWS = "aggregate_windows"
PLAN_CHUNKS = "plan_chunks"
SUBMIT_SCORING_JOB = "submit_scoring_job"
GET_JOB_STATUS = "get_job_status"
CANCEL_JOB = "cancel_job"
UPSERT_SCORES = "upsert_scores"
REMOVE_VANISHED = "remove_vanished"
RECONCILE_RUN = "reconcile_run"
MEASURE_QUALITY = "measure_quality"
METER_RUN = "meter_run"
SCALE_COMPUTE = "scale_compute"
PIN_PIPELINE = "pin_pipeline"
REPORT_FAILURE = "report_failure"
LOOK_AT_INTERVAL = "look_at_interval"
COMPACT_INTERVAL = "compact_interval"

LANDED = "landed"
"""The event that tells `collect_burst` of a batch that has landed."""

ORCHESTRATORS = (
    RUN_PIPELINE,
    SCORE_SEGMENT,
    SCORE_CHUNK,
    COLLECT_BURST,
    PREPARE_WINDOWS,
    SCALE_CLUSTERS,
)
ACTIVITIES = (
    RECORD_RUN,
    CHECK_ENDPOINT,
    LIST_INPUTS,
    SIZE_CHUNKS,
    AGGREGATE_WINDOWS,
    PLAN_CHUNKS,
    SUBMIT_SCORING_JOB,
    GET_JOB_STATUS,
    CANCEL_JOB,
    UPSERT_SCORES,
    REMOVE_VANISHED,
    RECONCILE_RUN,
    MEASURE_QUALITY,
    METER_RUN,
    SCALE_COMPUTE,
    REPORT_FAILURE,
    LOOK_AT_INTERVAL,
    COMPACT_INTERVAL,
    PIN_PIPELINE,
)
