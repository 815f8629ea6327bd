"""One term or field of a query as written -> the node that it means. Raises `Fault`."""

from __future__ import annotations

import re
from difflib import get_close_matches

from msgspec.structs import replace

from .faults import Fault
from .folding import is_cut
from .nodes import And, Field, Name, Near, Node, Or, Term, all_of, any_of
from .tokens import fold_name, glued, whole_names, words

HAS = ("media", "image", "video", "audio", "link", "file")
IS = ("review", "reply", "promoted", "direct", "mail")
_EXAMPLES = {"from": "from:alice", "lang": "lang:pt", "has": "has:media", "is": "is:review"}
_FIELDS = tuple(_EXAMPLES)
_LANG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")
_MEANT = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", "!": "NOT", "~": "NOT"}
_MOST_NAMED = 100  # pairs of sides that ask for different handles or tags
MAX_NEAR = 20  # words between; PostgreSQL needs an operator for every distance, both ways


def word(written: str, start: int) -> Node:
    """A term without quotes: a word, a handle, a tag, or the beginning of one of these before a star."""
    end = start + len(written)
    text = written.rstrip("*")
    if "*" in text:
        raise Fault(
            f"* stands at the end of a word, for any ending. Quote “{written}” to find it as it is written.",
            start,
            end,
            f'"{written}"',
            at=start + text.index("*"),
        )
    prefix = len(text) < len(written)
    if not words(text):
        raise Fault(f"“{written}” holds no letter, digit or emoji to look for.", start, end, _MEANT.get(text, ""))
    return _begun(text, start, end) if prefix else _whole(text)


def phrase(written: str, start: int) -> Node:
    """A term in quotes: its words in a row; a handle or tag among them must be there as such, too."""
    text = written[1:-1].strip()
    if not words(text):
        raise Fault("There is no letter, digit or emoji between the quotes.", start, start + len(written), "")
    return _whole(text)


def _whole(text: str) -> Node:
    row, names = words(text), [Name(name, name) for name in dict.fromkeys(whole_names(text))]
    if len(names) == 1 and words(names[0].key) == row:
        return names[0]
    if names:
        text = glued(row)  # the names are told apart from it
    return all_of([Term(tuple(row), text), *names])


def _begun(text: str, start: int, end: int) -> Node:
    node = _whole(text)
    if not isinstance(node, Term | Name):
        raise Fault("* can't follow several handles or tags: put each in a term of its own.", start, end, text)
    last = node.words[-1] if isinstance(node, Term) else node.key[1:]
    if isinstance(node, Term) and is_cut(last[-1]):
        return node  # characters are words here, so every ending is found without the star
    if len(last) < 2 and not is_cut(last[-1]):
        raise Fault("Before * at least two letters are needed, or too much is found.", start, end, text)
    return replace(node, prefix=True)


def field(written: str, start: int) -> Field:
    """A field and its value, as `lang:pt` or `from:"alice smith"`."""
    name, _, value = written.partition(":")
    name, value = name.lower(), value.strip('"').strip()
    end = start + len(written)
    if name not in _FIELDS:
        close = get_close_matches(name, _FIELDS, 1)
        quoted = '"' + written.replace('"', "") + '"'
        raise Fault(
            f"There is no field “{name}:”; there are from:, lang:, has: and is:. Quote it to find it as words.",
            start,
            end,
            f"{close[0]}:{value}" if close and value else quoted,
        )
    return Field(name, _value(name, value, start, end))


def _value(name: str, value: str, start: int, end: int) -> str:
    at = start + len(name) + 1
    folded = fold_name(value.lstrip("@"))
    if not words(folded):
        raise Fault(f"Write what {name}: should be, without a blank, as {_EXAMPLES[name]}.", start, end, "", at=at)
    if name == "lang" and not _LANG.fullmatch(folded):
        raise Fault("A language is written as its code: en, pt, pt-br.", start, end, None, at=at)
    known = {"has": HAS, "is": IS}.get(name)
    if known and folded not in known:
        close = get_close_matches(folded, known, 1)
        instead = f"{name}:{close[0]}" if close else None
        raise Fault(f"{name}: can be {', '.join(known)}; not “{value}”.", start, end, instead, at=at)
    return folded


def near(left: Node, operator: str, start: int, right: Node) -> Node:
    """Two sides with at most so many words between, each a term or several with OR between. Handles and tags are near
    by their words, and must be there."""
    end = start + len(operator)
    digits = operator.removeprefix("NEAR").removeprefix("/")
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits) <= MAX_NEAR):
        within = MAX_NEAR if digits.isascii() and digits.isdigit() and int(digits) else 5
        raise Fault(f"Write how many words may stand between: NEAR/1 to NEAR/{MAX_NEAR}.", start, end, f"NEAR/{within}")
    lefts, rights = _by_names(left), _by_names(right)
    if shared := _shared(lefts, rights) or _shared(rights, lefts):
        raise Fault(f"Both sides of NEAR hold “{shared}”, so they are always near.", start, end, "AND")
    if len(lefts) * len(rights) > _MOST_NAMED:
        reason = "These are too many handles and tags for both sides of NEAR: leave out the signs of those on one side."
        raise Fault(reason, start, end, None)
    return any_of(
        all_of([Near(_side(some), _side(others), int(digits)), *names, *more])
        for names, some in lefts.items()
        for more, others in rights.items()
    )


def _by_names(side: Node) -> dict[tuple[Node, ...], list[Term]]:
    """The terms of one side of NEAR, by the names that must be there besides."""
    found: dict[tuple[Node, ...], list[Term]] = {}
    for item in side.items if isinstance(side, Or) else (side,):
        term, names = _row(item)
        found.setdefault(names, []).append(term)
    return found


def _row(node: Node) -> tuple[Term, tuple[Node, ...]]:
    if isinstance(node, Term):
        return node, ()
    if isinstance(node, Name):
        return Term(tuple(words(node.key)), node.key[1:], node.prefix), (node,)
    if isinstance(node, And) and isinstance(node.items[0], Term):
        return node.items[0], node.items[1:]
    raise TypeError(f"a side of NEAR is a term, or several with OR between: {node}")


def _side(terms: list[Term]) -> Term | Or:
    return terms[0] if len(terms) == 1 else Or(tuple(terms))


def _shared(one: dict[tuple[Node, ...], list[Term]], other: dict[tuple[Node, ...], list[Term]]) -> str:
    """A word of the other side that is one of this side, or an ending of one of its stars."""
    terms = [term for some in one.values() for term in some]
    held = {word for term in terms for word in term.words}
    begun = tuple(term.words[-1] for term in terms if term.prefix)
    sought = (word for some in other.values() for term in some for word in term.words)
    return next((word for word in sought if word in held or word.startswith(begun)), "")
