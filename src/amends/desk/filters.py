"""The views of the queue by name, and what a person filters them by; to and from the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from amends.accounts.models import Team
from amends.cases.models import Priority
from amends.cases.queries import View

NAMED = {
    "queue": View(),
    "mine": View(whose="me"),
    "late": View(late=True),
    "waiting": View(state="pending"),
    "snoozed": View(state="snoozed"),
    "praise": View(praise=True),
    "resolved": View(state="resolved"),
}


@dataclass(frozen=True)
class Looking:
    """How somebody looks at the queue: a named view, narrowed."""

    name: str
    view: View

    @property
    def narrowed(self) -> dict[str, str]:
        """What was narrowed, as the parameters that say so."""
        base = NAMED[self.name]
        chosen = {
            "whose": self.view.whose,
            "priority": self.view.priority,
            "network": self.view.network,
            "team": str(self.view.team or ""),
            "tag": self.view.tag,
        }
        return {key: value for key, value in chosen.items() if value and value != str(getattr(base, key) or "")}

    def query(self, **more: str) -> str:
        """The parameters of an address that looks the same way."""
        name = {} if self.name == "queue" else {"view": self.name}
        return urlencode({**name, **self.narrowed, **more})

    def without(self, key: str) -> str:
        """The parameters with one of the filters gone."""
        name = {} if self.name == "queue" else {"view": self.name}
        return urlencode({**name, **{other: value for other, value in self.narrowed.items() if other != key}})


def read(params: Mapping[str, str]) -> Looking:
    """From an address. What it does not understand it leaves out: an old bookmark still opens."""
    name = params.get("view", "queue")
    if name not in NAMED:
        name = "queue"
    view = NAMED[name]
    priority, whose, team = params.get("priority", ""), params.get("whose", ""), params.get("team", "")
    return Looking(
        name,
        replace(
            view,
            whose=whose if whose in ("me", "none") and not view.whose else view.whose,
            priority=priority if priority in Priority.values else "",
            network=params.get("network", "")[:40],
            tag=params.get("tag", "")[:60],
            team=int(team) if team.isdecimal() and len(team) < 18 else None,
        ),
    )


def chips(looking: Looking, url: str, teams: list[Team], networks: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each filter in words, with the address without it."""
    whose = {"me": _("Mine"), "none": _("Nobody's yet")}
    team_names = {str(team.pk): team.name for team in teams}
    told: dict[str, Callable[[str], str | None]] = {
        "whose": whose.get,
        "priority": lambda value: str(Priority(value).label),
        "network": networks.get,
        "team": team_names.get,
        "tag": lambda value: f"#{value}",
    }
    return [
        (told[key](value) or value, f"{url}?{looking.without(key)}".rstrip("?"))
        for key, value in looking.narrowed.items()
    ]
