"""Entra ID for the local cloud: managed-identity tokens and their check."""
