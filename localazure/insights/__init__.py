"""Application Insights for the local cloud: takes what the real exporter posts, and keeps it."""
