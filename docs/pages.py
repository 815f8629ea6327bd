"""`python -m docs.pages` (or `make pages`): the reference of the channels, from their manifests and `page.md`; and the
model cards, from `cards`.

tests/test_docs.py holds the pages to what this writes.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from docs import cards

from amends.channels import registry
from amends.channels.base import ANSWERING, Can, Limits, Manifest, Rule, Setting

PAGES = Path(__file__).parent / "reference" / "channels"
WORDS = {
    Can.POLL: "polls",
    Can.STREAM: "streams",
    Can.RECEIVE: "takes webhooks",
    Can.SEARCH: "searches",
    Can.NOTIFICATIONS: "hears what is addressed to you",
    Can.REPLY: "replies",
    Can.QUOTE: "quotes",
    Can.LIKE: "likes",
    Can.DIRECT: "writes to one person alone",
    Can.BY_HAND: "is answered by hand",
    Can.FIND: "can look up whether a reply arrived",
    Can.MEDIA_OUT: "sends files",
    Can.EDIT_OUT: "changes a reply that was sent",
    Can.EDITS: "hears of edits",
    Can.DELETIONS: "hears of deletions",
    Can.ENGAGEMENT: "counts likes, reshares and replies",
    Can.BACKFILL: "hears what was written while it was away",
    Can.ANONYMOUS: "listens without an account",
}


def written() -> dict[Path, str]:
    """{the file: what stands in it}."""
    manifests = sorted((entry.manifest for entry in registry.channels().values()), key=lambda one: one.label.casefold())
    ours = [one for one in manifests if registry.folder(one.name).parent == Path(registry.__file__).parent]
    return {PAGES / f"{one.name}.md": page(one) for one in ours} | {PAGES / "README.md": index(ours)}


def page(manifest: Manifest) -> str:
    """The page of one channel."""
    own = registry.folder(manifest.name) / "page.md"
    parts = [f"# {manifest.label}", manifest.about, _facts(manifest), *_settings(manifest.settings)]
    if own.is_file():
        parts.append(own.read_text(encoding="utf-8").strip())
    return "\n\n".join([*parts, *_grades(manifest)]) + "\n"


def _facts(manifest: Manifest) -> str:
    most, per = manifest.pace
    rows = [("Can", ", ".join(WORDS[can] for can in Can if can in manifest.can))]
    if ANSWERING & manifest.can:
        rows += [("A reply", _limits(manifest.limits)), ("Replies", f"{most:,} in {_span(per)} at most")]
    if Can.POLL in manifest.can:
        rarely = f", {_span(manifest.slowest)} where there hardly is any" if manifest.slowest else ""
        rows.append(("Asks", f"every {_span(manifest.poll_every)} while there is news{rarely}"))
    rows.append(("Access", manifest.access))
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {told} |" for name, told in rows)])


def _limits(limits: Limits) -> str:
    units = {"graphemes": "characters as a reader counts them", "codepoints": "characters", "bytes": "bytes"}
    told = [f"{limits.text:,} {units.get(limits.counts, 'UTF-16 units')}" if limits.text else "any length"]
    if limits.bytes:
        told.append(f"{limits.bytes:,} bytes")
    if limits.parts > 1:
        told.append(f"a longer one in up to {limits.parts} posts")
    if limits.files:
        size = f" of {limits.file_bytes / 1_000_000:g} MB each" if limits.file_bytes else ""
        told.append(f"{limits.files} files{size}")
    if limits.reply_window:
        told.append(f"within {_span(limits.reply_window)} of the post")
    return ", ".join(told)


def _span(span: timedelta) -> str:
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count = span.total_seconds() / size
        if count >= 1:
            return f"{count:g} {name}{'' if count == 1 else 's'}"
    return f"{span.total_seconds() * 1000:g} ms"


def _settings(settings: tuple[Setting, ...]) -> list[str]:
    if not settings:
        return []
    rows = [
        f"| {one.label}{' (advanced)' if one.advanced else ''} | {_told(one)} | {_default(one)} |"
        for one in sorted(settings, key=lambda one: one.advanced)
    ]
    return ["## Settings", "\n".join(["| setting | what it is | default |", "|---|---|---|", *rows])]


def _told(setting: Setting) -> str:
    return f"{_cell(setting.help)}{' Kept encrypted.' if setting.secret else ''}"


def _default(setting: Setting) -> str:
    if setting.default:
        return f"`{_cell(setting.default)}`"
    return "needed" if setting.required else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _grades(manifest: Manifest) -> list[str]:
    rows = [f"| {rule.value} | {_grade(manifest, rule)} |" for rule in Rule]
    proved = f"Its tests run against {manifest.proved}." if manifest.proved else ""
    said = "Every channel is graded by the same rules, and its tests verify what it claims."
    return ["## How it is graded", f"{said} {proved}".strip(), "\n".join(["| rule | |", "|---|---|", *rows])]


def _grade(manifest: Manifest, rule: Rule) -> str:
    if not manifest.applies(rule):
        return "does not apply"
    return f"no: {_cell(manifest.lacks[rule])}" if rule in manifest.lacks else "yes"


def index(manifests: list[Manifest]) -> str:
    """The list of all channels, and how they are graded."""
    rows = [
        f"| [{one.label}]({one.name}.md) | {_hears(one)} | {_answers(one)} | {_account(one)} | {_kept(one)} |"
        for one in manifests
    ]
    intro = "Where posts come from, and answers go. [Adding one](../../how-to/add-a-channel.md) is one folder."
    head = "| channel | hears by | answers | account | rules kept |\n|---|---|---|---|---|"
    return "\n".join(["# Channels", "", intro, "", head, *rows, ""])


def _hears(manifest: Manifest) -> str:
    ways = {Can.POLL: "asking", Can.STREAM: "a stream", Can.RECEIVE: "being called"}
    return ", ".join(word for can, word in ways.items() if can in manifest.can)


def _answers(manifest: Manifest) -> str:
    if Can.REPLY in manifest.can:
        return "yes"
    return "in private" if Can.DIRECT in manifest.can else "by hand" if Can.BY_HAND in manifest.can else "no"


def _account(manifest: Manifest) -> str:
    return "not needed to listen" if Can.ANONYMOUS in manifest.can else "needed"


def _kept(manifest: Manifest) -> str:
    applying = [rule for rule in Rule if manifest.applies(rule)]
    return f"{sum(rule not in manifest.lacks for rule in applying)} of {len(applying)}"


if __name__ == "__main__":
    for path, text in (written() | cards.written()).items():
        path.write_text(text, encoding="utf-8")
