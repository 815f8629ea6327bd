"""Whatever strangers and colleagues write stays text: no element, attribute or address of a page is theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from amends.accounts.access import Member
from amends.cases.actions import add_note, tag
from amends.cases.models import Case
from amends.channels.base import Author, Media, MediaKind
from amends.conversations.models import Post
from amends.replies.models import Reply, State
from amends.sources.models import Source

EVIL = """\"'></script></textarea></title><script>evil()</script><img src=x onerror=evil() hx-get=/evil>{{ 7|add:7 }}"""
SCRIPT = "javascript:evil()//"


class Page(HTMLParser):
    """Everything of a page that could act."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.acting: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.acting.append(tag)
        for name, value in given.items():
            goes = name in ("href", "src", "action", "formaction") or name.startswith("hx-")
            elsewhere = not value.startswith(("/", "#", "?", "https://x.example/"))
            if name.startswith("on") or (goes and "evil" in value and elsewhere):
                self.acting.append(f"{name}={value}")


def hostile(mention: Callable[..., Any], key: str, **more: Any) -> Any:
    return mention(
        key,
        f"@meridianair where is it? {EVIL}",
        author=Author(id=f"did:{EVIL}{key}", name=EVIL, display=EVIL, bio=EVIL, avatar=SCRIPT),
        subject=EVIL,
        url=SCRIPT,
        lang='en"><b',
        media=(Media(MediaKind.LINK, SCRIPT, alt=EVIL), Media(MediaKind.IMAGE, f"https://x.example/{EVIL}", alt=EVIL)),
        **more,
    )


def test_no_page_acts_on_what_somebody_wrote(
    alice: Member, source: Source, hear: Callable[..., Any], mention: Callable[..., Any], now: datetime
) -> None:
    hear(hostile(mention, "1"), hostile(mention, "2", root="at://1", parent="at://1", minutes=-4))
    case = Case.objects.order_by("pk")[0]
    post = Post.objects.get(external_id="at://1")
    add_note(alice, case.pk, EVIL, now)
    tag(alice, case.pk, EVIL[:60], now)
    Reply.objects.create(
        brand=alice.brand, case=case, to=post, source=source, author=alice.user, text=EVIL, outgoing=b"{}",
        state=State.UNCERTAIN, problem=EVIL, created=now, expires=now,
    )  # fmt: skip
    alice.brand.name = alice.user.name = source.label = source.problem = EVIL[:120]
    for row in (alice.brand, alice.user, source):
        row.save()
    client = Client()
    client.force_login(alice.user)
    base = f"/b/{alice.brand.slug}/"
    pages = ["", f"cases/{case.pk}/", "search?q=where", "outbox", "settings/listening", "settings/people"]
    pages += [f"search?q={EVIL}", f"?tag={EVIL}", f"?network={EVIL}", "settings/audit"]
    for page in pages:
        answer = client.get(base + page)
        assert answer.status_code == 200, page
        assert Page(answer.content.decode()).acting == [], page
    assert Page(f"<p>{EVIL}</p><a href={SCRIPT}>").acting  # the test can see what it looks for


def test_posts_of_megabytes_make_no_page_of_megabytes(
    alice: Member, hear: Callable[..., Any], mention: Callable[..., Any]
) -> None:
    text = "@meridianair " + "where is it? " * 150_000
    hear(*(mention(str(n), text, root="at://0", parent="at://0", minutes=-n) for n in range(5)))
    client = Client()
    client.force_login(alice.user)
    case = Case.objects.get()
    for page in ("", f"cases/{case.pk}/", "search?q=where"):
        html = client.get(f"/b/{alice.brand.slug}/{page}").content
        assert b"where is it?" in html
        assert len(html) < 300_000, page


def test_a_nul_is_refused_before_a_database_meets_it(alice: Member, client: Client) -> None:
    client.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    base = f"/b/{alice.brand.slug}/"
    assert client.get(base + "search", {"q": "bag\x00gage"}).status_code == 302
    answer = client.post(base + "settings/people/teams", {"name": "Bag\x00gage"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
