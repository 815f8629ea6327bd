"""Every write about what we listen to. What a poll brought is written by `intake`, through `heard` and `failed`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet, RestrictedError
from django.http import Http404

from amends import listening
from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.audit import record
from amends.accounts.models import Brand, Role
from amends.channels import registry
from amends.channels.base import Batch, Budget, Checked, Manifest
from amends.events.transaction import Tx, write
from amends.events.types import BrandChanged, SourceChanged
from amends.reach import update_rate
from amends.sources.coverage import Span, join
from amends.sources.hooks import new_hook
from amends.sources.models import LISTENABLE, NOTE, Coverage, OwnHandle, Query, Source, State
from amends.sources.queries import source as load
from amends.sources.queries import twin
from amends.sources.secrets import seal, unseal


class WrongSettings(ValueError):
    """A connection's form has mistakes: `errors` is {setting: what to do}."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def _split(channel: str, given: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(plain settings, secrets). Raises `WrongSettings`."""
    manifest = registry.get(channel).manifest
    if errors := registry.refuse_settings(manifest, given):
        raise WrongSettings(errors)
    values = {setting.name: given.get(setting.name, "").strip() or setting.default for setting in manifest.settings}
    hidden = {setting.name for setting in manifest.settings if setting.secret}
    plain = {name: value for name, value in values.items() if value and name not in hidden}
    return plain, {name: value for name, value in values.items() if value and name in hidden}


def may_connect(member: Member, manifest: Manifest) -> bool:
    """An admin connects networks; what lies on the server itself, only an operator: they could read it anyway."""
    return member.may(Role.ADMIN) and (member.user.is_operator or not manifest.local)


def refuse_settings(member: Member, channel: str, settings: dict[str, str]) -> None:
    """Raises `WrongSettings` for a form with mistakes, 404 for whoever may not connect it."""
    if not may_connect(member, registry.get(channel).manifest):
        raise Http404
    _split(channel, settings)


def connect(
    member: Member, channel: str, label: str, settings: dict[str, str], now: datetime, checked: Checked | None = None
) -> Source:
    """Begin to listen. `checked`: what a trial has told. Raises `WrongSettings`, and `Refused` where that very account
    is connected already. The first poll comes at once."""
    manifest = registry.get(channel).manifest
    if not may_connect(member, manifest):
        raise Http404
    plain, secret = _split(channel, settings)
    account = checked.account if checked else None
    if account and (known := twin(member, channel, checked)):
        raise Refused(f"{account.name or account.id} is connected already, as '{known}': change it there.")
    with write(now) as tx:
        row = Source.objects.create(
            brand=member.brand,
            channel=channel,
            label=label.strip() or (account and account.name) or manifest.label,
            settings=plain,
            credentials=seal(secret),
            hook=new_hook(manifest),
            created=now,
            next_at=now,
        )
        if checked is not None:
            _know(tx, row, checked)
        record(tx, member, "connect", "source", row.pk, channel=channel)
        tx.tell(member.brand.pk, SourceChanged(source=row.pk, state=row.state))
    return row


def _after(member: Member, row: Source, settings: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(plain settings, secrets) as they would be after a change to these."""
    if not may_connect(member, registry.get(row.channel).manifest):
        raise Http404
    kept = unseal(bytes(row.credentials)) if row.credentials else {}
    given = {name: value for name, value in settings.items() if value}
    plain, secret = _split(row.channel, kept | given)
    if plain != row.settings and (missing := kept.keys() - given.keys()):
        raise WrongSettings(dict.fromkeys(missing, "Enter it once more, as other settings have changed."))
    return plain, secret


def settings_after(member: Member, source_id: int, settings: dict[str, str]) -> dict[str, str]:
    """What `change_settings` would make of these, to be tried first. Raises `WrongSettings` as it does."""
    plain, secret = _after(member, load(member, source_id), settings)
    return plain | secret


def change_settings(
    member: Member, source_id: int, settings: dict[str, str], now: datetime, checked: Checked | None = None
) -> Source:
    """New settings or credentials; listening starts again at once. `checked`: what a trial of them has told. Secrets
    left empty stay as they are, unless something else changes: they would be sent to wherever the new settings say.
    Raises `WrongSettings`."""
    row = load(member, source_id)
    plain, secret = _after(member, row, settings)
    with write(now) as tx:
        # Without its lease, whoever listens with the old settings ends. Under new ones we may be somebody else there.
        Source.objects.filter(pk=row.pk).update(
            settings=plain, credentials=seal(secret), account_id="", learned={}, checked=None, state=State.ACTIVE,
            problem="", failures=0, next_at=now, lease_owner="", lease_until=None,
        )  # fmt: skip
        row.refresh_from_db()
        if checked is not None:
            _know(tx, row, checked)
        record(tx, member, "change", "source", row.pk)
        tx.tell(member.brand.pk, SourceChanged(source=row.pk, state=row.state))
    return row


def _set_state(member: Member, source_id: int, state: State, now: datetime) -> None:
    member.must(Role.SUPERVISOR)
    row = load(member, source_id)
    with write(now) as tx:
        Source.objects.filter(pk=row.pk).update(state=state, problem="", failures=0, next_at=now, silent_since=None)
        record(tx, member, state.value, "source", row.pk)
        tx.tell(member.brand.pk, SourceChanged(source=row.pk, state=state))


def pause(member: Member, source_id: int, now: datetime) -> None:
    _set_state(member, source_id, State.PAUSED, now)


def resume(member: Member, source_id: int, now: datetime) -> None:
    _set_state(member, source_id, State.ACTIVE, now)


def remove(member: Member, source_id: int, now: datetime) -> None:
    """Stop listening and forget the credentials. What was heard stays; a source that sent replies can't be removed."""
    member.must(Role.ADMIN)
    row = load(member, source_id)
    with write(now) as tx:
        record(tx, member, "remove", "source", row.pk, channel=row.channel)
        tx.tell(member.brand.pk, SourceChanged(source=row.pk, state="removed"))
        try:
            row.delete()
        except RestrictedError:
            raise Refused("Replies went out through this account, so it is kept: pause it instead.") from None


def _stale(tx: Tx, brand_id: int, what: str) -> None:
    """What is compiled from the brand's queries and handles is stale, in every process."""
    Brand.objects.filter(pk=brand_id).update(revision=F("revision") + 1)
    tx.tell(brand_id, BrandChanged(what=what))


def add_query(member: Member, name: str, text: str, now: datetime) -> Query:
    """Listen for something new. Raises `listening.QueryError`, which points at the mistake."""
    member.must(Role.SUPERVISOR)
    listening.parse(text)
    with write(now) as tx:
        row = Query.objects.create(brand=member.brand, name=name.strip() or text[:60], text=text, created=now)
        record(tx, member, "make", "query", row.pk)
        _stale(tx, member.brand.pk, "queries")
    return row


def change_query(member: Member, query_id: int, name: str, text: str, active: bool, now: datetime) -> None:
    member.must(Role.SUPERVISOR)
    listening.parse(text)
    with write(now) as tx:
        changed = Query.objects.filter(brand=member.brand, pk=query_id).update(
            name=name.strip() or text[:60], text=text, active=active
        )
        if not changed:
            raise Http404
        record(tx, member, "change", "query", query_id, active=active)
        _stale(tx, member.brand.pk, "queries")


def remove_query(member: Member, query_id: int, now: datetime) -> None:
    member.must(Role.SUPERVISOR)
    with write(now) as tx:
        gone, _ = Query.objects.filter(brand=member.brand, pk=query_id).delete()
        if not gone:
            raise Http404
        record(tx, member, "remove", "query", query_id)
        _stale(tx, member.brand.pk, "queries")


def set_own_handles(member: Member, handles: Sequence[tuple[str, str]], now: datetime) -> None:
    """The brand's own accounts, as (network, name): what they write is an answer, what speaks to them is for us."""
    member.must(Role.SUPERVISOR)
    wanted = {(network.strip(), re.sub(r"^@", "", name.strip()).lower()) for network, name in handles}
    with write(now) as tx:
        rows = OwnHandle.objects.filter(brand=member.brand)
        have = {(row.network, row.name): row for row in rows}
        for network, name in sorted(wanted - have.keys()):
            if network and name:
                OwnHandle.objects.create(brand=member.brand, network=network, name=name)
        for key in have.keys() - wanted:
            have[key].delete()
        record(tx, member, "set", "own_handles", None, count=len(wanted))
        _stale(tx, member.brand.pk, "handles")


def _of_run(run: Source) -> QuerySet[Source]:
    """The source, as long as nobody else has taken it over: every write about a run goes through here, so that a
    listener that slept overwrites nothing that a newer one knows. What `run` remembers of its state may be stale."""
    return Source.objects.filter(pk=run.pk, lease_owner=run.lease_owner)


def know(run: Source, checked: Checked, now: datetime) -> None:
    """The server told who we are there, so that our own posts are recognised from now on, and what it can."""
    with write(now) as tx:
        if _of_run(run).select_for_update(no_key=True).first():
            _know(tx, run, checked)


def _know(tx: Tx, row: Source, checked: Checked) -> None:
    account, before = checked.account, row.account_id
    known = dict(checked.learned) or {name: value for name, value in row.learned.items() if name != NOTE}
    row.checked, row.learned = tx.now, known | ({NOTE: checked.note} if checked.note else {})
    row.account_id = account.id if account else before
    row.save(update_fields=["checked", "learned", "account_id"])
    if account is not None and account.id != before:
        OwnHandle.objects.update_or_create(
            brand_id=row.brand_id,
            network=row.channel,
            name=account.name.lower(),
            defaults={"external_id": account.id},
        )
        _stale(tx, row.brand_id, "handles")


def failed(run: Source, state: State, problem: str, next_at: datetime, now: datetime) -> bool:
    """A poll or a stream failed: say so on the desk, and come back at `next_at`, by whoever is first. False: another
    run listens by now, or a person has paused it, and this one's failure is no news."""
    with write(now) as tx:
        _of_run(run).update(lease_until=None)
        row = _of_run(run).exclude(state=State.PAUSED).first()
        if row is None:
            return False
        values = {"state": state, "problem": problem[:500], "failures": row.failures + 1, "next_at": next_at}
        _of_run(run).update(**values)
        if row.state != state:
            tx.tell(run.brand_id, SourceChanged(source=run.pk, state=state))
    return True


def heard(tx: Tx, run: Source, batch: Batch, kept: int) -> bool:
    """A batch is stored: the source's cursor moves, in the same transaction, and what it covers is noted. False:
    another run listens by now, from a cursor of its own, and nothing was noted."""
    row = _of_run(run).select_for_update(no_key=True).first()
    if row is None:
        return False
    elapsed = tx.now - row.asked if row.asked else timedelta(0)
    values: dict[str, object] = {"asked": tx.now, "rate": update_rate(row.rate, kept, elapsed)}
    if batch.cursor is not None:
        values["cursor"] = batch.cursor
    if kept:
        values |= {"heard": tx.now, "silent_since": None}
    if row.state == State.FAILING:
        _recovered(tx, run)
    _of_run(run).update(**values)
    for period in batch.covered:
        _cover(run.pk, period.feed, Span(period.start, period.end))
    return True


def _recovered(tx: Tx, run: Source) -> None:
    """It hears again, unless a person has paused it meanwhile."""
    if _of_run(run).filter(state=State.FAILING).update(state=State.ACTIVE, problem="", failures=0):
        tx.tell(run.brand_id, SourceChanged(source=run.pk, state=State.ACTIVE))


def _cover(source_id: int, feed: str, heard: Span) -> None:
    """Lengthen the feed's last period, or begin a new one behind a gap."""
    last = Coverage.objects.filter(source_id=source_id, feed=feed).order_by("-end").first()
    span, goes_on = join(Span(last.start, last.end) if last else None, heard)
    if last and goes_on:
        if (last.start, last.end) != span:
            Coverage.objects.filter(pk=last.pk).update(start=span.start, end=span.end)
    else:
        Coverage.objects.create(source_id=source_id, feed=feed, start=span.start, end=span.end)


def fell_silent(source: Source, now: datetime) -> None:
    """Nothing came for longer than this source's own rhythm explains: say so, once."""
    with write(now) as tx:
        if Source.objects.filter(pk=source.pk, silent_since=None).update(silent_since=source.heard or source.created):
            tx.tell(source.brand_id, SourceChanged(source=source.pk, state="silent"))


def lease(source_id: int, owner: str, now: datetime, length: timedelta) -> Source | None:
    """Take the one right to listen to a source whose time has come, for one run: `owner` is that run's alone. The
    source as it is then; None: another run has it, or was just here."""
    with write(now):
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        rows = Source.objects.filter(free, pk=source_id, state__in=LISTENABLE, next_at__lte=now)
        return Source.objects.get(pk=source_id) if rows.update(lease_owner=owner, lease_until=now + length) else None


def renew(source_id: int, owner: str, now: datetime, length: timedelta) -> bool:
    """Keep the right to listen. False: another run has it, or this one is over."""
    with write(now):
        held = Source.objects.filter(pk=source_id, lease_owner=owner).exclude(lease_until=None)
        return bool(held.update(lease_until=now + length))


def rest(run: Source, next_at: datetime, budget: Budget | None = None) -> None:
    """A poll is done: the next comes at `next_at`, by whoever is first. It went well, though nothing may have come."""
    with write() as tx:
        _of_run(run).update(next_at=next_at, lease_until=None, budget=kept(budget))
        _recovered(tx, run)


def kept(budget: Budget | None) -> dict[str, object] | None:
    """A rate limit as `Source.budget` holds it."""
    return {"limit": budget.limit, "left": budget.left, "resets": budget.resets.isoformat()} if budget else None


def release(run: Source) -> None:
    """A run was ended before its time: others may take the source at once."""
    with write():
        _of_run(run).update(lease_until=None)
