from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from amends.channels.answers import Answer
from amends.channels.base import Kind, Malformed, MediaKind, Visibility
from amends.channels.foreign import Unreadable
from amends.channels.mastodon.client import listed, older
from amends.channels.mastodon.content import body, visibility
from amends.channels.mastodon.fields import ident
from amends.channels.mastodon.parse import Context, Heard, conversation, notification, read, status
from amends.channels.mastodon.server import Server
from amends.channels.mastodon.tests.server import fixture
from amends.channels.mastodon.tests.test_contract import HERE, SEEN


def posts(name, here=HERE):
    items = read(listed(fixture(name)), lambda view, raw: status(view, raw, here, SEEN))
    return [item.what.post for item in items if isinstance(item.what, Heard)]


def heard(**changes):
    view = json.loads(fixture("documented_mastodon.json"))[0] | changes
    return status(view, b"{}", HERE, SEEN)


def test_mastodon_tells_everything():
    [post] = posts("documented_mastodon.json")  # and a boost, which is no post
    assert post.id == "https://mastodon.example/users/charlie/statuses/109348677773283527"
    assert post.text == (
        "@acme read this: https://www.theguardian.example/money/2019/dec/07/one-wrong-digit\n\n:blobcat: #lostbag"
    )
    assert (post.author.id, post.author.display) == ("charlie@social.example", "Charlie :blobcat:")
    assert post.author.bio == "Flies a lot. https://charlie.example"
    assert post.author.followers == 12
    assert post.author.created == datetime(2022, 11, 13, tzinfo=UTC)
    assert post.edited == datetime(2022, 11, 15, 16, 7, 29, 23000, tzinfo=UTC)
    assert post.stamp == 1668528449023000
    assert [(one.kind, one.url, one.alt) for one in post.media] == [
        (MediaKind.VIDEO, "https://files.example/bag.mp4", "A bag falls"),
        (MediaKind.FILE, "https://elsewhere.example/bag.heic", ""),
    ]
    counts = post.engagement
    assert (counts.likes, counts.reshares, counts.replies, counts.quotes) == (9, 3, 0, 1)
    assert (post.lang, post.quotes, post.root) == ("en", "", post.id)


def test_gotosocial():
    answer, picture = posts("documented_gotosocial.json", msgspec.structs.replace(HERE, domain="gts.example"))
    assert answer.text == "@acme where is my bag?"
    assert answer.parent_author == "acme@gts.example"
    assert Context(**json.loads(answer.context)).id == "01JNQ2V8ZK3Q4V0W1X2Y3Z4A5B"
    assert (picture.text, picture.warning, picture.subject) == ("", "luggage", "luggage")
    assert picture.visibility is Visibility.LIMITED  # mutuals only
    assert picture.media[0].alt == "A bag on a belt"
    assert picture.edited


def test_pleroma():
    answer, quote = posts("documented_pleroma.json", msgspec.structs.replace(HERE, domain="pleroma.example"))
    assert answer.text == "my bag is still lost\n:blobsad: any news? https://shop.example/b?x=1&y=2"
    assert answer.parent_author == "acme@pleroma.example"  # nobody is mentioned there: it is told beside
    assert [(one.kind, one.mime) for one in answer.media] == [(MediaKind.FILE, "application/pdf"), (MediaKind.LINK, "")]
    assert quote.text == "Nie wieder diese Fluglinie"
    assert quote.quotes == answer.id
    assert quote.visibility is Visibility.LIMITED  # this server's people


def test_takahe():
    [post] = posts("documented_takahe.json")
    assert post.text == "Where is my bag? #lostbag"
    assert post.lang == ""


def test_the_misskey_family():
    first, quote = posts("documented_sharkey.json")
    assert first.text == "my bag 🧳 is gone"
    assert first.edited
    assert (quote.text, quote.quotes) == ("the same bag again", first.id)
    assert quote.author.id == "bob@other.example"
    assert quote.visibility is Visibility.PUBLIC  # unlisted


def test_a_direct_message_is_for_us_and_private():
    direct = heard(visibility="direct").post
    assert (direct.kind, direct.visibility, direct.addressed) == (Kind.DIRECT, Visibility.PRIVATE, True)
    assert not heard(visibility="public").post.addressed
    ours = heard(visibility="direct", account={"acct": "acme", "id": "1"}).post
    assert not ours.addressed


@pytest.mark.parametrize("given", ["private", "list", "circle", "local", "", None, 7, []])
def test_what_is_not_known_to_be_public_is_not(given):
    assert visibility(given) is Visibility.LIMITED


def test_a_poll_is_read_with_its_options():
    poll = {"options": [{"title": "in Oslo"}, {"title": "in Rome", "votes_count": 4}]}
    assert body({"content": "<p>Where?</p>", "poll": poll}) == "Where?\n( ) in Oslo\n( ) in Rome"


def test_nothing_is_written_in_the_future():
    assert heard(created_at="2030-01-01T00:00:00Z").post.created == SEEN


def test_a_missing_uri_is_the_address():
    assert heard(uri=None).post.id == heard().post.url


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "../../oauth"},
        {"id": ".."},
        {"uri": "", "url": ""},
        {"created_at": "yesterday"},
        {"account": None},
        {"account": {"acct": "a b"}},
        {"content": 7},
    ],
)
def test_what_a_post_can_not_be_without(changes):
    with pytest.raises(Unreadable):
        heard(**changes)


def test_words_may_be_missing_where_there_is_a_picture():
    assert heard(content=None).post.text == ""


@pytest.mark.parametrize(
    ("given", "local"), [("7", "7"), (7, "7"), (True, ""), ("01JN", "01JN"), ("a/b", ""), ("a" * 200, ""), ("...", "")]
)
def test_local_ids_are_safe_in_a_path(given, local):
    assert ident(given) == local


def test_notifications_that_are_about_us_and_others():
    view = {"id": "5", "created_at": "2026-03-02T12:00:00Z", "status": json.loads(fixture("documented_takahe.json"))[0]}
    for kind, addressed in {"mention": True, "quote": True, "status": False, "update": False}.items():
        assert notification(view | {"type": kind}, b"{}", HERE, SEEN).post.addressed is addressed
    for kind in ("favourite", "reblog", "follow", "poll", "pleroma:emoji_reaction", "admin.report"):
        assert notification(view | {"type": kind}, b"{}", HERE, SEEN) is None
    assert notification(view | {"type": "mention", "status": None}, b"{}", HERE, SEEN) is None
    with pytest.raises(Unreadable):
        notification(view, b"{}", HERE, SEEN)


def test_a_conversation_is_its_last_post():
    last = json.loads(fixture("documented_takahe.json"))[0]
    [item] = read([json.dumps({"id": "3", "last_status": last}).encode()], lambda v, r: conversation(v, r, HERE, SEEN))
    assert (item.id, item.what.id) == (last["id"], last["id"])
    assert conversation({"last_status": None}, b"{}", HERE, SEEN) is None


def test_broken_items_are_set_aside_with_their_reason():
    raws = [b'{"id": "1"}', b"7", b"[" * 100_000, fixture("documented_takahe.json").strip()[1:-1]]
    found = [item.what for item in read(raws, lambda view, raw: status(view, raw, HERE, SEEN))]
    assert [isinstance(one, Malformed) for one in found] == [True, True, True, False]
    assert all(one.reason for one in found[:3])


@pytest.mark.parametrize(
    ("link", "local"),
    [
        ('<https://a.example/api?max_id=42>; rel="next", <https://a.example/api?min_id=9>; rel="prev"', "42"),
        ('<https://a.example/api?min_id=9>; rel="prev"', ""),
        ('<https://evil.example/?max_id=../../x>; rel="next"', ""),
        ('<https://[::1/?max_id=4>; rel="next"', ""),
        (None, "7"),
    ],
)  # fmt: skip
def test_the_next_page_is_an_id_and_never_an_address(link, local):
    headers = {"link": link} if link else {}
    assert older(Answer("a.example", 200, headers, b"[]"), "7", True) == local


def test_names_have_their_domain_and_small_letters():
    here = Server("https://web.example", "Social.Example".casefold())
    assert here.full("Alice") == "alice@social.example"
    assert here.full("Bob@Elsewhere.Example") == "bob@elsewhere.example"
    assert here.full("") == ""


def test_late_and_early_instants():
    assert heard(created_at="2026-03-02T12:00:00+01:00").post.created == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert heard(created_at="2026-03-02T12:00:00").post.created == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert heard().post.created < SEEN - timedelta(days=1)
