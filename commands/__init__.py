"""What people type besides running the app.

    python -m commands stream-analytics PIPELINE        its windows as a Stream Analytics query
    python -m commands quarantine list PIPELINE         events that broke rules
    python -m commands quarantine replay PIPELINE ...   sends them again, as they were or repaired

The pipelines are read from their files; the quarantine is asked of the app, over its HTTP API.
"""
