"""A pipeline's windows as a query for Azure Stream Analytics, for teams that aggregate upstream.

Text only: nothing here talks to a job. The language is described at
https://learn.microsoft.com/stream-analytics-query/stream-analytics-query-language-reference

    query.py        all of it: header, steps, the windows
    header.py       the comments: what a query cannot say, and how the pipeline is switched over
    job_settings.py its settings, as close to the time policy as they can be
    differences.py  where the job is not the app, said as comments
    events.py       the steps that check events, and remove duplicates
    columns.py      what the steps call their columns
    aggregates.py   a function per aggregate
    windows.py      the window of GROUP BY
    unsupported.py  what would be wrong rather than different
"""

from domain.stream_analytics.query import stream_analytics_query
from domain.stream_analytics.unsupported import UnsupportedError

__all__ = ["UnsupportedError", "stream_analytics_query"]
