"""How long a text is, as a network counts it."""

from __future__ import annotations

from amends.channels.manifest import Limits


def length(text: str, counts: str) -> int:
    """The length of `text` in the unit that `Limits.counts` names: "graphemes" (what a reader takes for a character:
    the extended clusters of Unicode's annex 29), "codepoints", "bytes" of UTF-8, or "utf16" code units."""
    match counts:
        case "codepoints":
            return len(text)
        case "bytes":
            return len(text.encode("utf-8", "surrogatepass"))
        case "utf16":
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case "graphemes":
            if text.isascii() and "\r" not in text:
                return len(text)
            import regex

            return len(regex.findall(r"\X", text))
        case _:
            raise ValueError(f"No network counts {counts!r}: graphemes, codepoints, bytes or utf16.")


def too_long(text: str, limits: Limits) -> bool:
    """Whether one post can't hold the text."""
    return bool(
        (limits.text and length(text, limits.counts) > limits.text)
        or (limits.bytes and length(text, "bytes") > limits.bytes)
    )
