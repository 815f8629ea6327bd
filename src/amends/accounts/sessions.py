"""Django's database sessions, written through the one write transaction."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db

from amends.events.transaction import write


class SessionStore(db.SessionStore):
    def save(self, must_create: bool = False) -> None:
        with write():
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        with write():
            super().delete(session_key)

    @classmethod
    def clear_expired(cls) -> Any:
        with write():
            return super().clear_expired()
