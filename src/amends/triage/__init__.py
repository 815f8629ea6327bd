"""What a post says: its language, its sentiment and how strongly it is put."""

from functools import cache

from amends.triage.base import Judgement, Mark, Triage

__all__ = ["Judgement", "Mark", "Triage", "load"]


@cache
def load(name: str = "fast") -> Triage:
    """The triage model of that name, loaded once a process. Raises `ValueError` for a name that there is not."""
    if name != "fast":
        raise ValueError(f"There is no triage model named {name!r}. Choose: fast.")
    from amends.triage.fast import Fast

    return Fast.load()
