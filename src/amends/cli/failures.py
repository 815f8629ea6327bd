"""What the operator should know and do about failures that are not the program's: a full disk, a lost database."""

from __future__ import annotations

import errno


def told(error: Exception) -> str:
    """A sentence for the operator, "" where the failure is none of these."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    for one in chain:
        if message := _told(one):
            return message
    return ""


def _told(error: BaseException) -> str:
    text = str(error).lower()
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "is full" in text or "no space left" in text:
        return (
            "The disk is full: nothing more was written, and nothing that was written before is lost. Free some space "
            "(or move AMENDS_HOME to a larger disk) and start again; `amends doctor` says how much is left."
        )
    if type(error).__name__ != "OperationalError":
        return ""
    if "unable to open database file" in text or "readonly database" in text:
        return (
            f"The database can't be opened or written ({error}). Check that AMENDS_HOME and the files in it belong to "
            "the user that runs amends."
        )
    if "database is locked" in text:
        return (
            "Another program holds the database and did not let go for 30 seconds. Close it (an open sqlite3 shell, a "
            "copy under way) and try again."
        )
    if "connection" in text or "could not translate host" in text or "timeout" in text:
        return (
            f"The database can't be reached: {str(error).strip().splitlines()[0]}. Check DATABASE_URL and that it runs."
        )
    return ""
