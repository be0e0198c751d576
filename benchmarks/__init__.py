"""Measures what the tests only bound: run one with `python -m benchmarks.NAME`."""
