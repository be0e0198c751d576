"""The only room that says azure.storage, azure.ai, sqlalchemy, duckdb or opentelemetry.

Each module speaks to one service and maps its library's errors to `domain.errors`.
"""
