"""The command line: ``python -m localazure``."""
