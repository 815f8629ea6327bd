"""The instant a cell of a file tells, in whichever of the common forms it was written.

Understood: ISO 8601 (also with a space before the offset), RFC 2822, the older form of Twitter
("Tue Feb 24 11:35:52 +0000 2015"), seconds, milliseconds or microseconds since 1970, and numeric dates. A date that
can be read in two ways, such as 03/04/2026, is refused rather than guessed: whoever imports names the order.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

ORDERS = ("dmy", "mdy", "ymd")

_TIME = r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s*(?P<half>[ap]\.?m\.?)?"
_ZONE = r"(?P<zone>z|[a-z]{2,5}|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_CLOCK = re.compile(rf"{_TIME}\s*{_ZONE}", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[T ,]+(.+))?", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})(Z?))?", re.IGNORECASE)
_DAY_MONTH = re.compile(r"(?:[a-z]{2,9}\.?,?\s+)?(\d{1,2})[\s.-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})(?:[T\s,]+(.+))?", re.I)
_MONTH_DAY = re.compile(r"(?:[a-z]{2,9}\.?,?\s+)?([a-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})(?:[T\s,]+(.+))?", re.I)
_TWITTER = re.compile(r"[a-z]{3} ([a-z]{3}) (\d{1,2}) (\d{2}:\d{2}:\d{2}) ([+-]\d{4}) (\d{4})", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
# The names RFC 2822 section 4.3 gives a meaning; other abbreviations mean different hours in different countries.
_ZONES = {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5}
_ZONES |= {"mst": -7, "mdt": -6, "pst": -8, "pdt": -7}

_EARLIEST, _LATEST = 1990, 2100


class BadDate(ValueError):
    """A cell that tells no single instant. The message says what to do."""


def read(value: str | float, form: str = "") -> datetime:
    """The instant in UTC, or the naive local time where the cell names no zone. `form` is "", one of ORDERS for numeric
    dates, or a `strptime` pattern that every cell must match. Raises `BadDate`."""
    if isinstance(value, str):
        value = value.strip()
    if "%" in form:
        try:
            found = datetime.strptime(str(value), form)  # noqa: DTZ007 - the caller knows the zone of naive times
        except ValueError:
            raise BadDate(f"the time '{_short(value)}' does not fit the date format '{form}'") from None
    elif isinstance(value, int | float) or _is_epoch(value):
        return _epoch(float(value))
    else:
        found = _written(value, form)
    if not _EARLIEST <= found.year <= _LATEST:
        raise BadDate(f"the time '{_short(value)}' is in the year {found.year}, which no post is from")
    return found.astimezone(UTC) if found.tzinfo else found


def _is_epoch(text: str) -> bool:
    """Whether the digits count time since 1970: eight and fourteen digits are a compact date instead."""
    return bool(_NUMBER.fullmatch(text)) and not (text.isdigit() and len(text) in (8, 14))


def _epoch(number: float) -> datetime:
    seconds = number
    for _ in range(2):  # milliseconds, then microseconds
        if abs(seconds) >= 1e11:
            seconds /= 1000
    if 20_000 <= number <= 80_000:
        raise BadDate(
            f"the time '{number:g}' looks like a spreadsheet's count of days; show the column as a date there and "
            "export it again"
        )
    try:
        found = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise BadDate(f"the number {number:g} is no time") from None
    if not _EARLIEST <= found.year <= _LATEST:
        raise BadDate(f"the number {number:g} would be a time in {found.year}, which no post is from")
    return found


def _written(text: str, form: str) -> datetime:
    if not text:
        raise BadDate("the time is empty")
    if len(text) > 80:
        raise BadDate(f"'{_short(text)}' is no time; choose the column that has it with --created")
    if match := _TWITTER.fullmatch(text):
        month, day, clock, offset, year = match.groups()
        return _joined(_named(year, month, day, text), f"{clock}{offset}", text)
    if match := _NUMERIC.fullmatch(text):
        first, mark, second, third, clock = match.groups()
        return _joined(_numeric((first, second, third), mark, form, text), clock, text)
    if match := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second, z = match.groups()
        clock = f"{hour}:{minute}:{second}{z}" if hour else None
        return _joined(_date(int(year), int(month), int(day), text), clock, text)
    if match := _DAY_MONTH.fullmatch(text):
        day, month, year, clock = match.groups()
        return _joined(_named(year, month, day, text), clock, text)
    if match := _MONTH_DAY.fullmatch(text):
        month, day, year, clock = match.groups()
        return _joined(_named(year, month, day, text), clock, text)
    raise BadDate(f"the time '{_short(text)}' is in no form known here; name it, e.g. --date-format '%d.%m.%Y %H:%M'")


def _numeric(parts: tuple[str, str, str], mark: str, form: str, text: str) -> date:
    """The one day the three numbers can mean. With dots the day comes first, everywhere they are used."""
    if len(parts[0]) == 4:
        orders: tuple[str, ...] = ("ymd",)
    elif form in ORDERS:
        orders = (form,)
    elif mark == ".":
        orders = ("dmy",)
    else:
        orders = ORDERS if len(parts[2]) <= 2 else ("dmy", "mdy")
    days: dict[date, str] = {}
    for order in orders:
        number = dict(zip(order, parts, strict=True))
        if len(number["y"]) not in (2, 4):
            continue
        try:
            days.setdefault(date(_year(number["y"]), int(number["m"]), int(number["d"])), order)
        except ValueError:
            continue
    if not days:
        raise BadDate(f"there is no such day as '{_short(text)}'")
    if len(days) > 1:
        ways = " or ".join(f"--date-format {order}" for order in days.values())
        raise BadDate(f"'{_short(text)}' may be {' or '.join(map(str, days))}: say which with {ways}")
    return next(iter(days))


def _year(text: str) -> int:
    number = int(text)
    return number if len(text) == 4 else number + (1900 if number >= 69 else 2000)  # POSIX's pivot


def _named(year: str, month: str, day: str, text: str) -> date:
    number = _MONTHS.get(month[:3].lower())
    if number is None:
        raise BadDate(f"the month '{month}' in '{_short(text)}' is not English; write months as numbers")
    return _date(int(year), number, int(day), text)


def _date(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise BadDate(f"there is no such day as '{_short(text)}'") from None


def _joined(day: date, clock: str | None, text: str) -> datetime:
    if not clock:
        return datetime.combine(day, time())
    match = _CLOCK.fullmatch(clock.split(" (")[0].strip())  # RFC 2822 allows a comment: "+0000 (UTC)"
    if not match:
        raise BadDate(f"the time of day in '{_short(text)}' cannot be read")
    hour, half = int(match["h"]), (match["half"] or "").lower().replace(".", "")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    micro = int((match["f"] or "0")[:6].ljust(6, "0"))
    try:
        return datetime.combine(
            day, time(hour, int(match["mi"]), int(match["s"] or 0), micro, _zone(match["zone"], text))
        )
    except ValueError as wrong:
        if isinstance(wrong, BadDate):
            raise
        raise BadDate(f"there is no such time of day as in '{_short(text)}'") from None


def _zone(text: str | None, whole: str) -> tzinfo | None:
    if not text:
        return None
    if text[0] in "+-":
        digits = text[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-offset if text[0] == "-" else offset)
    if text.lower() not in _ZONES:
        raise BadDate(f"the zone '{text}' in '{_short(whole)}' is not clear; write it as an offset such as +01:00")
    return timezone(timedelta(hours=_ZONES[text.lower()]))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
