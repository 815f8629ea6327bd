"""Amends: the self-hosted care desk for a customer who can tell everyone."""

__version__ = "0.1.0"
