"""Personal data in a text, with where it stands: what nobody should have to read in public.

Cards are told by Luhn's check (ISO/IEC 7812-1), bank accounts by theirs (ISO 13616), the rest by their form and by the
words around them. Each has a confidence: a number that only looks like a telephone's is doubted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    CARD = "card"
    ACCOUNT = "account"  # of a bank: IBAN
    EMAIL = "email"
    PHONE = "phone"
    BOOKING = "booking"  # a code that opens a booking or an order
    ADDRESS = "address"  # street, or the code of a few houses


class Span(NamedTuple):
    """Characters `start` to `end` of the text, and how sure it is, from 0 to 1."""

    kind: Kind
    start: int
    end: int
    sure: float


# Each begins with the characters that it looks for, so that `re` passes over all others at once; what may not stand
# before them is looked at after.
_DIGIT = re.compile(r"\d")
_AT = re.compile(r"@(?<=[\w.+-]@)[\w-]")
_CARD = re.compile(r"[2-6](?<![\d.,].)(?:[ -]?\d){12,18}(?![\d])")
_IBAN = re.compile(r"[A-Z](?<!\w.)[A-Z]\d{2}(?: ?[A-Z0-9]){11,30}\b")
_EMAIL = re.compile(r"(?<![\w.+@-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-zA-Z]{2,24}\b")
_PHONE = re.compile(
    r"(?<![\w./,:#$€£-])(?<!\d[ -])(?:\+\d{1,3}|\(\d{2,5}\)|\d)(?:[ ./()-]{0,2}\d){6,14}+(?![\w%]|[.,:/-]\d| \d)"
)
_BOOKING = re.compile(
    r"[A-Z0-9](?<![\w@#/].)(?:(?<=[A-Z])|(?=[A-Z0-9-]{0,14}[A-Z]))[A-Z0-9]{1,4}-?[A-Z0-9]{3,10}(?![\w@])"
)
_STREET = re.compile(
    r"\d(?<!\w.)\d{0,4}[a-zA-Z]?,? (?:(?:[NSEW]|North|South|East|West)\.? )?(?:[A-Z][\w'’.-]+ ){1,3}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Boulevard|Blvd|Way|Terrace|Place|Pl|Crescent|Square)\b"
)
_POSTCODE = re.compile(
    r"[A-Z](?<!\w.)[A-Z]?\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b"
)  # of the United Kingdom: a dozen houses
_ZIP = re.compile(r"[A-Z](?<!\w.)[a-z]+(?: [A-Z][a-z]+)?,? [A-Z]{2} \d{5}(?:-\d{4})?\b")
_CALLS = re.compile(r"\b(?:call|phone|tel|text|ring|mobile|cell|number|whats ?app|reach (?:me|us)|contact)\w*\b", re.I)
_BOOKS = re.compile(
    r"\b(?:booking|reservation|confirmation|reference|ref|pnr|record locator|locator|order|ticket|tracking|claim|case|"
    r"itinerary|policy|account|customer|membership)\b"
    r"(?: (?:no|nr|num|number|code|id|ref|reference))?\W{0,4}(?:is|was)?\W{0,3}$",
    re.I,
)
_OTHER = re.compile(r"(?:\d{1,4}[./-]){2,3}\d{1,4}|\d{4}[ -]\d{4}")  # dates, addresses of machines, seasons
NEAR = 40  # characters before a number that may say what it is


def find(text: str) -> tuple[Span, ...]:
    """What there is, in order; where two lie over each other the surer stands."""
    digits = len(_DIGIT.findall(text))
    found = [span for least, look in _LOOKS if digits >= least for span in look(text)]
    if len(found) < 2:
        return tuple(found)
    taken = bytearray(len(text))
    kept: list[Span] = []
    for span in sorted(found, key=lambda one: (-one.sure, one.start)):
        if taken.find(1, span.start, span.end) < 0:
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            kept.append(span)
    return tuple(sorted(kept, key=lambda one: one.start))


def _cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if luhn(digits) and len(set(digits)) > 1:
            yield Span(Kind.CARD, *match.span(), 0.97)


def _accounts(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        whole = match[0].replace(" ", "")
        if int("".join(str(int(one, 36)) for one in whole[4:] + whole[:4])) % 97 == 1:
            yield Span(Kind.ACCOUNT, *match.span(), 0.99)


def _emails(text: str) -> Iterator[Span]:
    for match in _EMAIL.finditer(text) if _AT.search(text) else ():
        yield Span(Kind.EMAIL, *match.span(), 0.95)


def _phones(text: str) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        digits = sum(one.isdigit() for one in match[0])
        if not 7 <= digits <= 15 or _OTHER.fullmatch(match[0]):
            continue
        said = bool(_CALLS.search(text[max(match.start() - NEAR, 0) : match.start()]))
        formed = match[0][0] in "+(" or (digits >= 10 and re.search(r"\d[ .-]\d", match[0]) is not None)
        sure = 0.95 if said and formed else 0.85 if formed or (said and digits >= 8) else 0.4
        if sure > 0.4 or match[0][0] == "0":
            yield Span(Kind.PHONE, *match.span(), sure)


def _bookings(text: str) -> Iterator[Span]:
    for match in _BOOKING.finditer(text):
        if _BOOKS.search(text[max(match.start() - NEAR, 0) : match.start()]):
            mixed = any(one.isdigit() for one in match[0])
            if mixed or len(match[0]) == 6:  # six letters: a record locator
                yield Span(Kind.BOOKING, *match.span(), 0.9 if mixed else 0.75)


def _streets(text: str) -> Iterator[Span]:
    for match in _STREET.finditer(text):
        yield Span(Kind.ADDRESS, *match.span(), 0.85)


def _postcodes(text: str) -> Iterator[Span]:
    for pattern in (_POSTCODE, _ZIP):
        for match in pattern.finditer(text):
            yield Span(Kind.ADDRESS, *match.span(), 0.8)


_LOOKS: tuple[tuple[int, Callable[[str], Iterator[Span]]], ...] = (
    (13, _cards), (2, _accounts), (0, _emails), (7, _phones), (0, _bookings), (1, _streets), (2, _postcodes),
)  # fmt: skip
"""Each with how many digits a text has in which it finds anything."""


def luhn(digits: str) -> bool:
    """Whether the last digit is the check of those before it."""
    doubled = (int(one) * (1 + at % 2) for at, one in enumerate(reversed(digits)))
    return sum(one - 9 * (one > 9) for one in doubled) % 10 == 0
