"""From Matrix events to posts: pure, field by field, never trusting.

What a post cannot be without (its ids, its writer and its kind) must be right, or the event is `Unreadable`; whatever
else is wrong is left out. Sources of the rules: the client-server API, its modules on instant messaging, rich replies,
threading, event replacements, annotations and mentions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from amends.channels.base import Author, Deletion, Kind, Malformed, Post, Visibility
from amends.channels.foreign import UNDECODABLE, Unreadable, decode, fields, items, microseconds, text
from amends.channels.markup import words
from amends.channels.matrix.content import media_of, without_fallback
from amends.channels.matrix.fields import when
from amends.channels.matrix.ids import NETWORK, Name, media, web
from amends.channels.matrix.rooms import Book

LOCKED = "This message is encrypted, and Amends can't read it. Open it in a Matrix app."
SILENT = "m.key.verification."  # machines that talk to one another


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a reply needs of the post it answers: `Post.context`, as JSON."""

    visibility: Visibility
    direct: bool = False
    thread: str = ""  # the id of the event that it hangs from


class Scene(NamedTuple):
    """Where events were heard: the room, who in it is called what (user: name, avatar), and when."""

    book: Book
    key: str
    people: Mapping[str, tuple[str, str]]
    seen: datetime


class Edit(NamedTuple):
    """A newer version of the event `name`, which is elsewhere."""

    name: Name
    scene: Scene
    event: Mapping[str, Any]
    raw: bytes


class Reaction(NamedTuple):
    """Somebody liked the event `name`."""

    name: Name


class Read(msgspec.Struct):
    """What events hold. `reacted` are the events that somebody liked, each once, and `events` the messages by name, for
    edits that follow."""

    posts: list[Post] = []
    deletions: list[Deletion] = []
    edits: list[Edit] = []
    reacted: dict[Name, None] = {}
    malformed: list[Malformed] = []
    events: dict[Name, Mapping[str, Any]] = {}
    newest: datetime | None = None  # when, as the events tell it

    def take(self, scene: Scene, raws: Iterable[bytes]) -> None:
        """Events of one room, the oldest first. What can't be read is `Malformed` and does not stop the rest."""
        for raw in raws:
            try:
                event = fields(decode(raw))
                if at := when(event.get("origin_server_ts")):
                    self.newest = max(at, self.newest or at)
                self._sort(scene, event, raw)
            except (Unreadable, *UNDECODABLE) as error:
                self.malformed.append(Malformed(str(error), raw))

    @property
    def anything(self) -> bool:
        return bool(self.posts or self.deletions or self.edits or self.reacted or self.malformed)

    def since(self, edge: datetime) -> Read:
        """The same without what is older."""
        posts = [post for post in self.posts if post.created >= edge]
        edits = [edit for edit in self.edits if (when(edit.event.get("origin_server_ts")) or edge) >= edge]
        return msgspec.structs.replace(self, posts=posts, edits=edits)

    def _sort(self, scene: Scene, event: Mapping[str, Any], raw: bytes) -> None:
        match read(scene, event, raw):
            case Post() as post:
                self.posts.append(post)
                self.events[Name(scene.key, text(event.get("event_id")))] = event
            case Deletion() as deletion:
                self.deletions.append(deletion)
            case Edit() as edit:
                self.edits.append(edit)
            case Reaction(name):
                self.reacted[name] = None


def read(scene: Scene, event: Mapping[str, Any], raw: bytes) -> Post | Deletion | Edit | Reaction | None:
    """One event. None for what is neither a message nor about one. Raises `Unreadable`."""
    kind = event.get("type")
    if not isinstance(kind, str):
        raise Unreadable("an event without a type")
    content = fields(event.get("content"))
    if kind in ("m.room.message", "m.sticker", "m.room.encrypted") and not content:
        return _redacted(scene, event)
    relation = fields(content.get("m.relates_to"))
    match kind:
        case "m.room.message" | "m.sticker" if relation.get("rel_type") == "m.replace":
            return Edit(_target(scene, relation.get("event_id")), scene, event, raw)
        case "m.room.message" | "m.sticker":
            return message(scene, event, raw)
        case "m.room.encrypted" if scene.book.room(scene.key).direct and relation.get("rel_type") != "m.replace":
            return message(scene, event, raw)
        case "m.room.redaction":
            target = _target(scene, content.get("redacts") or event.get("redacts"))
            return _deletion(scene, target, event.get("origin_server_ts"))
        case "m.reaction" if relation.get("rel_type") == "m.annotation":
            return Reaction(_target(scene, relation.get("event_id")))
    return None


def message(scene: Scene, event: Mapping[str, Any], raw: bytes) -> Post | None:
    """The post that an event is; None for what only machines say. `root` and `parent_author` may have to be looked up.
    Raises `Unreadable`."""
    content = fields(event.get("content"))
    sort = text(content.get("msgtype")) if event.get("type") == "m.room.message" else text(event.get("type"))
    if not sort:
        raise Unreadable("a message without a type")
    if sort.startswith(SILENT):
        return None
    name, room = _target(scene, event.get("event_id")), scene.book.room(scene.key)
    writer = _author(scene, event)
    claimed = when(event.get("origin_server_ts"))
    thread, parent = relations(content)
    said = without_fallback(text(content.get("body"))) if parent else text(content.get("body"))
    enclosed, said = media_of(sort, content, scene.book.server, said)
    return Post(
        network=NETWORK,
        id=str(name),
        author=writer,
        created=min(claimed, scene.seen) if claimed else scene.seen,
        text=said or (words(text(content.get("formatted_body"))) if not enclosed else ""),
        kind=Kind.DIRECT if room.direct else Kind.POST,
        visibility=room.visibility,
        parent=str(Name(scene.key, parent)) if parent else "",
        root=scene.key if room.direct else str(Name(scene.key, thread)) if thread else "",
        media=enclosed,
        warning=LOCKED if sort == "m.room.encrypted" else "",
        stamp=microseconds(claimed) if claimed else 0,
        url=web(name, writer.id),
        context=msgspec.json.encode(Context(room.visibility, room.direct, thread)).decode(),
        addressed=writer.id != scene.book.me and (room.direct or _calls_us(scene.book, content, said)),
        raw=raw,
    )


def edited(original: Mapping[str, Any], edit: Edit) -> Post | None:
    """The post as its writer changed it; None where the change is not valid, and so counts for nobody. Raises
    `Unreadable`."""
    content = fields(edit.event.get("content"))
    new, old = content.get("m.new_content"), fields(original.get("content"))
    same = all(edit.event.get(name) == original.get(name) for name in ("sender", "type"))
    replaced = fields(old.get("m.relates_to")).get("rel_type") == "m.replace"
    if not (same and isinstance(new, dict) and old) or replaced or original.get("event_id") != edit.name.event:
        return None
    kept = {"m.relates_to": old["m.relates_to"]} if "m.relates_to" in old else {}
    post = message(edit.scene, {**original, "content": {**new, **kept}}, edit.raw)
    at = when(edit.event.get("origin_server_ts"))
    if post is None or at is None:
        return None
    stamp = max(microseconds(at), post.stamp + 1)
    return msgspec.structs.replace(post, stamp=stamp, edited=min(at, edit.scene.seen))


def relations(content: Mapping[str, Any]) -> tuple[str, str]:
    """(the event whose thread it is in, the event that it answers), each "" where there is none. In a thread that
    answers no one in particular, the thread's first event is answered."""
    relation = fields(content.get("m.relates_to"))
    answered = text(fields(relation.get("m.in_reply_to")).get("event_id"))
    answered = answered if answered.startswith("$") else ""
    thread = text(relation.get("event_id")) if relation.get("rel_type") == "m.thread" else ""
    if not thread.startswith("$"):
        return "", answered
    return thread, thread if relation.get("is_falling_back") is True else answered or thread


def _calls_us(book: Book, content: Mapping[str, Any], said: str) -> bool:
    """Whether its writer means us. Apps that tell whom they mention tell it of every message: a name in the words
    counts only where they don't."""
    mentions = content.get("m.mentions")
    if book.me in items(fields(mentions).get("user_ids")) or book.me in said:
        return True
    return not isinstance(mentions, dict) and book.calls.search(said) is not None


def _author(scene: Scene, event: Mapping[str, Any]) -> Author:
    user = text(event.get("sender"))
    if not (user.startswith("@") and ":" in user):
        raise Unreadable("an event without a sender")
    display, avatar = scene.people.get(user, ("", ""))
    return Author(id=user, name=user[1:], display=display, avatar=media(scene.book.server, avatar))


def _redacted(scene: Scene, event: Mapping[str, Any]) -> Deletion:
    """An event whose content is gone."""
    because = fields(fields(event.get("unsigned")).get("redacted_because"))
    if not because:
        raise Unreadable("a message without content")
    return _deletion(scene, _target(scene, event.get("event_id")), because.get("origin_server_ts"))


def _deletion(scene: Scene, target: Name, at: object) -> Deletion:
    return Deletion(NETWORK, str(target), min(when(at) or scene.seen, scene.seen))


def _target(scene: Scene, event: object) -> Name:
    """The name of an event of this room. Raises `Unreadable`."""
    if not text(event).startswith("$"):
        raise Unreadable("no id of an event where there must be one")
    return Name(scene.key, text(event))
