"""A stand-in for the Azure Functions host: runs any Python v2 app folder, loaded by path.

It serves the app's HTTP, timer and durable functions, the durable extension's HTTP API and
`/admin`, and says clearly which bindings it does not imitate.
"""
