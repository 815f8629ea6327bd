"""What may be asked about people."""

from __future__ import annotations


def called(name: str) -> str:
    """A handle as people write it: "@karim", and an address as it is."""
    return f"@{name}" if name and "@" not in name else name
