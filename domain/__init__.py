"""The words and rules of the business: no I/O, no azure.

Imports the standard library and pydantic.
"""
