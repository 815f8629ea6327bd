from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from amends.channels.base import BadData, Kind, Malformed, MediaKind, Visibility
from amends.channels.lemmy.parse import Context, Reader, context, listed
from amends.channels.lemmy.tests.server import first, fixture

SEEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
US = "https://lemmy.example/u/alice"
READER = Reader(US, SEEN, {37: "en"})


def page(name, holds, reader=READER):
    return {item.number: item for item in reader.page(listed(fixture(name), holds)[0])}


def changed(name, holds, part, **changes):
    view = first(name, holds)
    view[part] |= changes
    return READER.item(json.dumps(view).encode())


def test_a_post_says_everything_that_the_server_told():
    post = page("posts.json", "posts")[501].post
    assert post.id == post.root == post.url == "https://other.example/post/501"
    assert (post.subject, post.text) == ("My bag is lost", "Flight **AC 12** from Lyon. Nobody answers the phone.")
    assert (post.author.id, post.author.name) == ("https://other.example/u/charlie", "charlie@other.example")
    assert (post.author.display, post.author.bio, post.author.created.year) == ("Charlie", "I fly a lot.", 2023)
    assert [(one.kind, one.alt, one.mime) for one in post.media] == [(MediaKind.IMAGE, "the bag", "image/webp")]
    assert (post.engagement.likes, post.engagement.replies, post.engagement.seen) == (12, 2, SEEN)
    assert post.edited == datetime(2026, 11, 20, 8, 10, 0, 500000, UTC)
    assert post.stamp == int(post.edited.timestamp() * 1e6)
    assert (post.lang, post.warning, post.visibility) == ("en", "", Visibility.PUBLIC)
    assert context(post.context) == Context(501, person=42)


def test_a_link_is_kept_and_a_warning_told():
    post = page("posts.json", "posts")[502].post
    assert [(one.kind, one.url) for one in post.media] == [(MediaKind.LINK, "https://blog.example/acme")]
    assert (post.text, post.warning, post.lang) == ("", "NSFW", "")


def test_a_comment_stands_in_its_posts_thread():
    comments = page("comments.json", "comments")
    top, reply = comments[901].post, comments[903].post
    assert top.root == top.parent == reply.root == "https://other.example/post/501"
    assert reply.parent == "", "only the number of the comment above is told"
    assert context(reply.context) == Context(501, 903, 0, 43, 902)
    assert comments[902].post.text.startswith("We are sorry.\n\n> Third week"), "markdown stays as it was written"
    assert (comments[902].post.engagement.likes, comments[902].post.engagement.replies) == (4, 1)


def test_what_was_deleted_is_still_listed_and_gone():
    item = page("comments.json", "comments")[904]
    assert (item.gone, item.post, item.id) == (True, None, "https://other.example/comment/77")
    assert changed("comments.json", "comments", "comment", removed=True).gone
    assert changed("comments.json", "comments", "post", deleted=True).gone, "with its whole post"


def test_replies_and_mentions_are_for_us():
    for name, by in (("replies", "comment_reply"), ("mentions", "person_mention")):
        [item] = page(f"{name}.json", name, READER._replace(addressed=True, sorted_by=by)).values()
        assert item.post.addressed
        assert item.at > item.post.created, "lists of them are sorted by when they were told"


def test_messages_between_two_people_are_one_conversation():
    ours, theirs = (
        item.post for item in page("messages.json", "private_messages", READER._replace(addressed=True)).values()
    )
    assert ours.root == theirs.root == "https://lemmy.example/u/alice https://lemmy.example/u/dana"
    assert {ours.kind, theirs.kind, ours.visibility, theirs.visibility} == {Kind.DIRECT, Visibility.PRIVATE}
    assert (theirs.addressed, ours.addressed) == (True, False)
    assert context(ours.context).person == context(theirs.context).person == 43, "either is answered to dana"
    assert theirs.engagement is None


def test_a_community_of_this_server_alone_is_not_public():
    assert changed("posts.json", "posts", "community", visibility="LocalOnly").post.visibility is Visibility.LIMITED


@pytest.mark.parametrize(
    ("part", "changes", "reason"),
    [
        ("comment", {"ap_id": "javascript:alert(1)"}, "without an address"),
        ("comment", {"id": "901"}, "without a number"),
        ("comment", {"published": 5}, "without an address or a time"),
        ("comment", {"content": None}, "without words"),
        ("creator", {"actor_id": None}, "without a writer"),
        ("creator", {"actor_id": "https://[/u/ann"}, "without a writer"),
        ("post", {"ap_id": ""}, "without its post"),
    ],
)
def test_an_item_without_what_it_can_not_be_without_is_set_aside(part, changes, reason):
    item = changed("comments.json", "comments", part, **changes)
    assert isinstance(item.post, Malformed) and reason in item.post.reason


def test_what_is_nothing_known_is_set_aside_and_known_again_by_its_bytes():
    one, other = READER.item(b'{"x": 1}'), READER.item(b'{"x": 1}')
    assert isinstance(one.post, Malformed) and one.number == other.number < 0


def test_a_list_that_is_none_is_told():
    with pytest.raises(BadData, match="posts"):
        listed(b"{}", "posts")
    assert listed(b'{"posts": [], "next_page": null}', "posts") == ([], "")
