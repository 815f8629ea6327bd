"""Records what Synapse answers, for the Matrix channel's sealed tests. All accounts and words are made up.

    python -m tests.peers.record_matrix

rewrites `src/amends/channels/matrix/fixtures/`: a whole answer of /sync, one of what is new, and a page of history.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from amends.channels.matrix.sync import backwards_of, filter_of
from tests.peers.matrix import Account, MatrixServer, running

FIXTURES = Path(__file__).parents[2] / "src/amends/channels/matrix/fixtures"


def record() -> None:
    with running() as server:
        acme, charlie, bob = (server.create_account(name) for name in ("acme", "charlie", "bob"))
        server.call("PUT", f"/v3/profile/{quote(acme.user)}/displayname", acme, {"displayname": "Acme Air"})
        room = server.room(charlie, [acme, bob], name="Help with Acme", room_alias_name="help")
        lost = talk(server, room, acme, charlie, bob)
        directly(server, acme, charlie, bob)
        whole = save("sync.json", server.call("GET", "/v3/sync", acme, filter=filter_of(50), timeout=0))
        for number in range(8):
            server.say(bob, room, f"And my bag, for the {number}th time")
        server.edit(charlie, room, lost, "@acme you FOUND my bag!!!")
        server.react(bob, room, lost)
        news = {"since": whole["next_batch"], "filter": filter_of(5), "timeout": 0}
        save("sync_limited.json", server.call("GET", "/v3/sync", acme, **news))
        back = {"dir": "b", "limit": 100, "filter": backwards_of()}
        save("messages.json", server.call("GET", f"/v3/rooms/{quote(room)}/messages", acme, **back))


def talk(server: MatrixServer, room: str, acme: Account, charlie: Account, bob: Account) -> str:
    """Every kind of message that the channel tells apart: {the first one}."""
    lost = server.say(charlie, room, "@acme you LOST my bag!!! 😡 https://example.org/bag")
    quoted = f"> <{charlie.user}> @acme you LOST my bag!!!\n\nMine too"
    server.say(bob, room, quoted, relates_to={"m.in_reply_to": {"event_id": lost}})
    mention = {"m.mentions": {"user_ids": [acme.user]}, "format": "org.matrix.custom.html"}
    pill = f'<a href="https://matrix.to/#/{acme.user}">Acme Air</a>, hello'
    server.say(bob, room, "Acme Air, hello", formatted_body=pill, **mention)
    thread = {"rel_type": "m.thread", "event_id": lost, "is_falling_back": True, "m.in_reply_to": {"event_id": lost}}
    said = server.say(bob, room, "Which flight was it?", relates_to=thread, **{"m.mentions": {}})
    within = thread | {"is_falling_back": False, "m.in_reply_to": {"event_id": said}}
    server.say(charlie, room, "The one to Oslo", relates_to=within)
    server.say(charlie, room, "waits", msgtype="m.emote")
    server.say(bob, room, "12 bags arrived", msgtype="m.notice")
    for kind, mime in (("m.image", "image/png"), ("m.video", "video/mp4"), ("m.audio", "audio/ogg"), ("m.file", "")):
        file = {"url": server.upload(charlie, b"made up", mime or "text/plain"), "info": {"mimetype": mime, "size": 7}}
        server.say(charlie, room, f"bag.{kind[2:]}", msgtype=kind, **file)
    captioned = {"filename": "bag.png", "url": server.upload(charlie, b"made up", "image/png"), "msgtype": "m.image"}
    server.say(charlie, room, "This is the bag", **captioned)
    server.put(charlie, room, "m.sticker", {"body": "A sad bag", "url": captioned["url"], "info": {}})
    typo = server.say(bob, room, "my bga")
    server.edit(bob, room, typo, "my bag")
    server.edit(charlie, room, typo, "somebody else's words")
    regret = server.say(bob, room, "worst bag ever")
    server.redact(bob, room, regret)
    server.react(acme, room, lost)
    server.say(acme, room, "We look for it.", relates_to={"m.in_reply_to": {"event_id": lost}})
    return lost


def directly(server: MatrixServer, acme: Account, charlie: Account, bob: Account) -> None:
    """A direct room that can be read, one that can't, and an invitation to another."""
    room = server.direct(charlie, acme)
    locked = server.direct(bob, acme)
    server.put(bob, locked, "m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "bWFkZSB1cA"})
    for one in (room, locked):
        server.join(acme, one)
    path = f"/v3/rooms/{quote(locked)}/state/m.room.encryption/"
    server.call("PUT", path, bob, {"algorithm": "m.megolm.v1.aes-sha2"})
    server.say(charlie, room, "My number is 555-0199")
    rooms = {charlie.user: [room], bob.user: [locked]}
    server.call("PUT", f"/v3/user/{quote(acme.user)}/account_data/m.direct", acme, rooms)
    server.direct(bob, acme)


def save(name: str, answer: Any) -> Any:
    (FIXTURES / name).write_text(json.dumps(answer, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return answer


if __name__ == "__main__":
    record()
