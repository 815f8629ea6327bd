from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from amends.channels.base import Kind, MediaKind, Visibility
from amends.channels.foreign import decode
from amends.channels.matrix.content import without_fallback
from amends.channels.matrix.parse import Read, Scene, edited
from amends.channels.matrix.rooms import Book, Room, calls
from amends.channels.matrix.sync import page
from amends.channels.matrix.tests.test_contract import FIXTURES, SEEN, book, whole

ROOM = "!room:example.org"
WRITTEN = 1_795_000_000_000


@pytest.fixture
def recorded():
    read = page((FIXTURES / "sync.json").read_bytes(), book(), SEEN).heard
    return {post.text or post.warning or post.media[0].alt: post for post in whole(read).posts}


def scene(**more):
    known = Book("@acme:example.org", "https://example.org", calls=calls("@acme:example.org", "Acme Air"))
    known.rooms = {ROOM: Room(**more)}
    known.direct = {ROOM} if more.get("direct") else set()
    return Scene(known, ROOM, {"@charlie:example.org": ("Charlie 🧳", "mxc://example.org/face")}, SEEN)


def event(content, kind="m.room.message", **more):
    made = {"type": kind, "event_id": "$one", "sender": "@charlie:example.org", "content": content}
    return json.dumps(made | {"origin_server_ts": WRITTEN} | more).encode()


def text(body, **more):
    return event({"msgtype": "m.text", "body": body} | more)


def read(raw, **room):
    found = Read()
    found.take(scene(**room), [raw])
    return found


def post(raw, **room):
    found = read(raw, **room)
    assert not found.malformed, found.malformed
    return found.posts[0]


def test_what_a_message_holds():
    found = post(text("Lost my bag"), joinable=True)
    assert (found.id, found.text, found.kind) == (f"{ROOM}/$one", "Lost my bag", Kind.POST)
    assert found.created == datetime.fromtimestamp(WRITTEN / 1000, UTC)
    assert found.stamp == WRITTEN * 1000
    assert (found.author.id, found.author.name) == ("@charlie:example.org", "charlie:example.org")
    assert found.author.display == "Charlie 🧳"
    assert found.author.avatar == "https://example.org/_matrix/client/v1/media/download/example.org/face"
    assert found.url == "https://matrix.to/#/%21room%3Aexample.org/%24one?via=example.org"


def test_replies_and_threads_as_an_app_writes_them(recorded):
    lost = next(one for text, one in recorded.items() if "LOST" in text)
    assert recorded["Mine too"].parent == lost.id, "without the quotation above it"
    assert recorded["Which flight was it?"].parent == lost.id
    assert recorded["Which flight was it?"].root == lost.id
    assert recorded["The one to Oslo"].parent == recorded["Which flight was it?"].id
    assert recorded["The one to Oslo"].root == lost.id


def test_direct_messages_and_those_that_can_not_be_read(recorded):
    direct = recorded["My number is 555-0199"]
    assert (direct.kind, direct.visibility, direct.addressed) == (Kind.DIRECT, Visibility.PRIVATE, True)
    assert direct.root.startswith("!") and "/" not in direct.root
    locked = next(one for one in recorded.values() if one.warning)
    assert (locked.text, locked.kind) == ("", Kind.DIRECT)


def test_the_last_wording_counts_and_that_of_others_never(recorded):
    assert "my bag" in recorded
    assert recorded["my bag"].edited
    assert not any("somebody else" in text for text in recorded)


def test_media_are_told_by_kind_with_their_words(recorded):
    kinds = {alt: one.media[0].kind for alt, one in recorded.items() if one.media}
    assert kinds == {
        "bag.image": MediaKind.IMAGE, "bag.video": MediaKind.VIDEO, "bag.audio": MediaKind.AUDIO,
        "bag.file": MediaKind.FILE, "This is the bag": MediaKind.IMAGE, "A sad bag": MediaKind.IMAGE,
    }  # fmt: skip
    captioned = recorded["This is the bag"]
    assert (captioned.text, captioned.media[0].alt) == ("This is the bag", "bag.png")
    assert captioned.media[0].url.startswith("https://matrix.test/_matrix/client/v1/media/download/matrix.test/")
    assert recorded["bag.image"].text == ""


@pytest.mark.parametrize(
    ("content", "ours"),
    [
        ({"m.mentions": {"user_ids": ["@acme:example.org"]}}, True),
        ({"m.mentions": {"user_ids": ["@bob:example.org"]}}, False),
        ({"m.mentions": {}, "body": "Acme air, where is it?"}, False),
        ({"m.mentions": {}, "body": "@acme:example.org where is it?"}, True),
        ({"body": "acme air: where is it?"}, True),
        ({"body": "ACME!"}, True),
        ({"body": "the acmeist poets"}, False),
        ({"body": "> <@acme:example.org> hi\n\nNo", "m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}, False),
        ({"m.mentions": {"user_ids": 7, "room": True}}, False),
    ],
)  # fmt: skip
def test_who_is_meant(content, ours):
    assert post(event({"msgtype": "m.text", "body": "hello"} | content)).addressed is ours


def test_we_never_mean_ourselves():
    own = json.loads(text("acme here")) | {"sender": "@acme:example.org"}
    assert not post(json.dumps(own).encode(), direct=True).addressed


@pytest.mark.parametrize(
    ("room", "visibility"),
    [
        ({"joinable": True}, Visibility.PUBLIC),
        ({"readable": True}, Visibility.PUBLIC),
        ({}, Visibility.LIMITED),
        ({"direct": True, "people": 2}, Visibility.PRIVATE),
        ({"direct": True, "people": 3}, Visibility.LIMITED),
        ({"direct": True, "people": 3, "joinable": True}, Visibility.LIMITED),
    ],
)
def test_who_can_read_it(room, visibility):
    assert post(text("hello"), **room).visibility is visibility


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("> <@a:b> one\n> two\n\nthree", "three"),
        ("> quoted by hand", ""),
        ("no quotation", "no quotation"),
        ("> one\ntwo\n> three", "two\n> three"),
        (">no", ">no"),
    ],
)
def test_the_fallback_of_a_reply_is_left_out(body, words):
    assert without_fallback(body) == words


@pytest.mark.parametrize("claimed", [None, -1, 0, 10**30, "soon", 1.5, True, 1_000_000])
def test_a_time_that_can_not_be_is_the_time_of_hearing(claimed):
    raw = json.loads(text("hello")) | {"origin_server_ts": claimed}
    found = post(json.dumps(raw).encode())
    assert (found.created, found.stamp) == (SEEN, 0)


def test_nothing_is_written_later_than_it_is_heard():
    later = int((SEEN + timedelta(days=400)).timestamp() * 1000)
    raw = json.loads(text("hello")) | {"origin_server_ts": later}
    assert post(json.dumps(raw).encode()).created == SEEN


def test_both_forms_of_a_redaction():
    for raw in (
        event({}, "m.room.redaction", redacts="$gone"),
        event({"redacts": "$gone"}, "m.room.redaction"),
        event({}, event_id="$gone", unsigned={"redacted_because": {"origin_server_ts": WRITTEN}}),
    ):
        (deletion,) = read(raw).deletions
        assert (deletion.id, deletion.at) == (f"{ROOM}/$gone", datetime.fromtimestamp(WRITTEN / 1000, UTC))


@pytest.mark.parametrize(
    "raw",
    [
        b"[]", b"{", b"7", event({}), event({"body": "hello"}), event({"msgtype": 7}), event({}, "m.room.redaction"),
        text("hello").replace(b"$one", b"one"), text("hello").replace(b"@charlie", b"charlie"),
        text("hello").replace(b"hello", b"\\ud83d"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_set_aside(raw):
    found = read(raw)
    assert [one.raw for one in found.malformed] == [raw]
    assert found.malformed[0].reason
    assert not found.posts


def test_what_only_machines_say_is_passed_over():
    found = read(event({"msgtype": "m.key.verification.request", "body": "hello"}))
    found.take(scene(), [event({}, "m.room.topic"), event({"ciphertext": "x"}, "m.room.encrypted")])
    assert not (found.anything or found.malformed)


def test_what_is_nested_without_end_is_read_all_the_same():
    deep = b"[" * 50_000 + b"]" * 50_000
    raw = text("hello").replace(b'"body"', b'"deep": ' + deep + b', "after": {"a": "]]"}, "body"')
    assert post(raw).text == "hello"
    assert decode(raw)["content"]["after"] == {"a": "]]"}


def edit(**more):
    content = {"msgtype": "m.text", "body": "* new", "m.new_content": {"msgtype": "m.text", "body": "new"}}
    relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$one"}}
    (found,) = read(event(content | relation | more.pop("content", {}), event_id="$two", **more)).edits
    return found


def test_an_edit_keeps_what_it_does_not_change():
    original = json.loads(text("old", **{"m.relates_to": {"m.in_reply_to": {"event_id": "$above"}}}))
    found = edited(original, edit())
    assert (found.text, found.id, found.parent) == ("new", f"{ROOM}/$one", f"{ROOM}/$above")
    assert found.created == datetime.fromtimestamp(WRITTEN / 1000, UTC)
    assert found.stamp > WRITTEN * 1000, "newer, even within the same millisecond"


@pytest.mark.parametrize(
    ("original", "change"),
    [
        ({"sender": "@bob:example.org"}, {}),
        ({"type": "m.sticker"}, {}),
        ({"event_id": "$other"}, {}),
        ({"content": {}}, {}),
        ({"content": {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": "m.replace"}}}, {}),
        ({}, {"content": {"m.new_content": "new"}}),
        ({}, {"origin_server_ts": "never"}),
    ],
)
def test_an_edit_that_is_not_valid_changes_nothing(original, change):
    assert edited(json.loads(text("old")) | original, edit(**change)) is None
