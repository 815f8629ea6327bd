"""Settings of reading: how sure to be before a label is told, and the heads that the brand learnt."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from amends.accounts.access import Member
from amends.accounts.actions import Refused
from amends.accounts.models import Role
from amends.desk.door import act, done, page
from amends.desk.http import Request
from amends.desk.shell import show
from amends.desk.sureness import goal as chosen_in_words
from amends.desk.sureness import in_words, rows
from amends.desk.taught import taken, title
from amends.teaching import heads, labels, sureness
from amends.teaching.models import Goal
from amends.teaching.own import own


@page
def level(request: Request, member: Member, name: str) -> HttpResponse:
    """How sure to be of one label, and what would follow from another choice. For supervisors."""
    looked = sureness.look(member, name, timezone.now())
    current = sureness.now_told(member, name, looked)
    was = sureness.chosen(member).get(name)
    what, amount = request.GET.get("goal", ""), request.GET.get("amount", "")
    tried, problem = None, ""
    if what:
        try:
            tried = sureness.preview(member, name, what, _amount(amount), looked)
        except Refused as refused:
            problem = str(refused)
    compared = [(_("Now: %(goal)s") % {"goal": chosen_in_words(was)}, current)] if was else []
    compared.append((_("As shipped"), sureness.preview(member, name, "", 0, looked)))
    if tried:
        compared.insert(0, (in_words(what, _amount(amount)), tried))
    context = {
        "place": "settings", "tab": "taught", "name": name, "problem": problem,
        "title": title(name, own(member.brand.pk).labels),
        "rows": rows(*compared), "shown": tried or current, "tried": tried, "goal": what or (was.goal if was else ""),
        "goals": _goals(what or (was.goal if was else Goal.MISS), amount or (str(was.amount) if was else "")),
        "amount": amount, "was": was, "enough": current.posts >= sureness.FEWEST,
        "fewest": sureness.FEWEST,
    }  # fmt: skip
    return show(request, member, "desk/level.html", context, 422 if problem else 200)


def _goals(current: str, amount: str) -> list[tuple[str, str, str, str, bool]]:
    """What can be chosen: value, the words before and after the number, the number, whether it is chosen."""
    return [
        (Goal.MISS.value, _("Miss at most 1 in"), "", amount if current == Goal.MISS and amount else "20",
         current == Goal.MISS),
        (Goal.ALARMS.value, _("At most"), _("false alarms a day"),
         amount if current == Goal.ALARMS and amount else "5", current == Goal.ALARMS),
    ]  # fmt: skip


def _amount(given: str) -> int:
    """0, which no goal takes, for what is no number."""
    return int(given) if given.isdecimal() and len(given) < 9 else 0


@act
def set_level(request: Request, member: Member, name: str) -> HttpResponse:
    """Tell a label from another probability on, or as shipped again."""
    member.must(Role.SUPERVISOR)
    what, now = request.POST.get("goal", ""), timezone.now()
    sureness.shipped_threshold(member, name)
    if what == "shipped":
        sureness.remove_goal(member, name, now)
        messages.success(request, _("It is told as shipped again."))
    else:
        sureness.set_goal(member, name, what, _amount(request.POST.get("amount", "")), now)
        messages.success(request, _("Saved. Every post is told by it at once."))
    return redirect("level", member.brand.slug, name)


@act
def learn_now(request: Request, member: Member) -> HttpResponse:
    """Have a worker learn from the corrections at once."""
    heads.learn_now(member, timezone.now())
    return done(request, _("It learns within some seconds. Load the page anew to see what came of it."))


@act
def put_head(request: Request, member: Member, name: str) -> HttpResponse:
    """Set a head aside, or use it again."""
    if request.POST.get("to") == "aside":
        heads.set_aside(member, name, timezone.now())
        return done(request, _("Set aside. Posts are read as shipped from now on."))
    heads.use_again(member, name, timezone.now())
    return done(request, _("Used again, for what comes from now on."))


@page
def own_labels(request: Request, member: Member) -> HttpResponse:
    """The labels that the brand made for itself. For supervisors."""
    return _own_labels(request, member)


def _own_labels(request: Request, member: Member, problem: str = "") -> HttpResponse:
    context = {
        "place": "settings",
        "tab": "taught",
        "labels": labels.labels(member),
        "problem": problem,
        "given": request.POST,
    }
    return show(request, member, "desk/own_labels.html", context, 422 if problem else 200)


@act
def add_label(request: Request, member: Member) -> HttpResponse:
    """A label of the brand's own. What was typed stays where something is missing."""
    title_, description, having, lacking = (
        request.POST.get(key, "") for key in ("title", "description", "having", "lacking")
    )
    if taken(title_):
        problem = _("“%(name)s” is told of posts already. Choose another name.") % {"name": title_.strip()}
        return _own_labels(request, member, problem)
    try:
        labels.add(member, title_, description, having, lacking, timezone.now())
    except Refused as refused:
        return _own_labels(request, member, str(refused))
    messages.success(request, _("Added. It is learnt within some seconds, and read in new posts."))
    return redirect("own-labels", member.brand.slug)


@act
def put_label(request: Request, member: Member, label_id: int) -> HttpResponse:
    """Put a label away, or use it again."""
    labels.put(member, label_id, active=request.POST.get("to") != "away", now=timezone.now())
    return done(request, _("Saved."))
