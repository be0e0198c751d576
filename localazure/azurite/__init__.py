"""Azurite, the real blob service for local use: installed once, run as a child process."""
