"""A stand-in for Bluesky's chat service, behind an account's server: a simulator, written from the lexicons
chat.bsky.convo.* and from what its authors say of the log (https://github.com/bluesky-social/atproto/issues/2760).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from amends.channels.bluesky.chat import SERVICE
from amends.channels.testing.loopback import Reply, Request

DEFS = "chat.bsky.convo.defs#"


class ChatService:
    """The conversations of the account `did` with `people`. `allowed`: whether its app password was made for this."""

    def __init__(self, did: str, people: list[Any]) -> None:
        self.did, self.people = did, people
        self.allowed = True
        self.page = 5
        self.convos: dict[str, dict[str, Any]] = {}
        self.log: list[dict[str, Any]] = []
        self.closed: dict[str, str] = {}  # who takes no messages: the error
        self.moment = datetime.now(UTC)

    def answer(self, method: str, request: Request) -> object:
        if request.headers.get("atproto-proxy") != SERVICE:
            return refusal(501, "MethodNotImplemented", "Method Not Implemented")
        if not self.allowed:
            return refusal(400, "InvalidToken", "Bad token method")
        return getattr(self, method)(request)

    def begin(self, *others: str) -> dict[str, Any]:
        """The conversation among these, begun where there is none."""
        name = f"3m6{sum(map(ord, ''.join(sorted(others)))):06}convo"
        if name not in self.convos:
            kind = "directConvo" if len(others) == 1 else "groupConvo"
            self.convos[name] = {"id": name, "members": [self.did, *others], "kind": kind, "messages": []}
            self._log("logBeginConvo", name)
        return self.convos[name]

    def say(self, convo: dict[str, Any], did: str, text: str, **more: Any) -> dict[str, Any]:
        number = sum(len(one["messages"]) for one in self.convos.values())
        self.moment += timedelta(milliseconds=1)
        said = {
            "$type": f"{DEFS}messageView", "id": f"3m7{number:010}", "rev": f"{len(self.log):013}", "text": text,
            "sender": {"did": did}, "sentAt": self.moment.isoformat().replace("+00:00", "Z"), **more,
        }  # fmt: skip
        convo["messages"].insert(0, said)
        self._log("logCreateMessage", convo["id"], message=said, relatedProfiles=self._members(convo))
        return said

    def forget(self, convo: dict[str, Any], said: dict[str, Any]) -> None:
        """The account deletes a message for itself: the other one goes on seeing it."""
        gone = {name: said[name] for name in ("id", "rev", "sender", "sentAt")}
        convo["messages"][convo["messages"].index(said)] = gone | {"$type": f"{DEFS}deletedMessageView"}
        self._log("logDeleteMessage", convo["id"], message=gone | {"$type": f"{DEFS}deletedMessageView"})

    def _log(self, kind: str, convo: str, **more: Any) -> None:
        self.log.append({"$type": DEFS + kind, "rev": f"{len(self.log) + 1:013}", "convoId": convo, **more})

    def _members(self, convo: dict[str, Any]) -> list[Any]:
        known = {one["did"]: one for one in self.people}
        return [known.get(did) or {"did": did, "handle": "handle.invalid"} for did in convo["members"]]

    def _view(self, convo: dict[str, Any]) -> dict[str, Any]:
        view = {"id": convo["id"], "rev": "1", "members": self._members(convo), "muted": False, "unreadCount": 0}
        last = {"lastMessage": convo["messages"][0]} if convo["messages"] else {}
        return view | {"kind": {"$type": DEFS + convo["kind"]}} | last

    def getLog(self, request: Request) -> object:  # noqa: N802
        latest = self.log[-1]["rev"] if self.log else "0000000000000"
        cursor = request.query.get("cursor", [latest])[0]
        if not cursor.isdecimal():
            return refusal(400, "InvalidRequest", "Invalid cursor")
        logs = [entry for entry in self.log if entry["rev"] > cursor][: self.page]
        return {"logs": logs, "cursor": logs[-1]["rev"] if logs else cursor}

    def listConvos(self, request: Request) -> object:  # noqa: N802
        convos = [self._view(one) for one in self.convos.values()]
        convos.sort(key=lambda view: view.get("lastMessage", {}).get("sentAt", ""), reverse=True)
        return self._paged("convos", convos, request)

    def getMessages(self, request: Request) -> object:  # noqa: N802
        found = self.convos.get(request.query["convoId"][0])
        if not found:
            return refusal(400, "InvalidConvo", "Convo not found")
        return self._paged("messages", found["messages"], request)

    def getConvo(self, request: Request) -> object:  # noqa: N802
        found = self.convos.get(request.query["convoId"][0])
        return {"convo": self._view(found)} if found else refusal(400, "InvalidConvo", "Convo not found")

    def getConvoForMembers(self, request: Request) -> object:  # noqa: N802
        [other] = request.query["members"]
        if other in self.closed:
            return refusal(400, self.closed[other], "recipient does not want to")
        return {"convo": self._view(self.begin(other))}

    def sendMessage(self, request: Request) -> object:  # noqa: N802
        given = request.json()
        found = self.convos.get(given["convoId"])
        if not found:
            return refusal(400, "InvalidConvo", "Convo not found")
        message = given["message"]
        return self.say(found, self.did, message["text"], facets=message.get("facets", []))

    def _paged(self, name: str, items: list[Any], request: Request) -> object:
        start, limit = int(request.query.get("cursor", ["0"])[0]), min(int(request.query["limit"][0]), self.page)
        found: dict[str, Any] = {name: items[start : start + limit]}
        return found | ({"cursor": str(start + limit)} if start + limit < len(items) else {})


def refusal(status: int, code: str, message: str) -> Reply:
    return Reply({"error": code, "message": message}, status)
