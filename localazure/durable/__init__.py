"""A durable orchestration engine in one SQLite file, driving the real azure-functions-durable SDK.

It knows neither HTTP nor the app that it runs: the functions host hands it functions through
`ports.DurableFunctions`. `executor` decides, `sqlite_store` remembers, `engine` dispatches.
"""

from localazure.durable.engine import Engine
from localazure.durable.management import Management
from localazure.durable.sqlite_store import SqliteStore

__all__ = ["Engine", "Management", "SqliteStore"]
