from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.file.dates import BadDate, read


def local(*parts):
    return datetime(*parts, tzinfo=None)  # noqa: DTZ001 - what a cell without a zone tells


NOON = datetime(2015, 2, 24, 11, 35, 52, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "2015-02-24T11:35:52Z",
        "2015-02-24 03:35:52 -0800",
        "2015-02-24T12:35:52+01:00",
        "2015-02-24 11:35:52 UTC",
        "2015/02/24 11:35:52 GMT",
        "20150224T113552Z",
        "Tue Feb 24 11:35:52 +0000 2015",
        "Tue, 24 Feb 2015 03:35:52 -0800 (PST)",
        "Tue, 24 Feb 2015 06:35:52 EST",
        "24-Feb-2015 11:35:52 Z",
        "Feb 24, 2015 11:35:52 AM UTC",
        "24.02.2015 11:35:52 +0000",
        "1424777752",
        "1424777752000",
        "1424777752000000",
        1424777752,
        1424777752.0,
    ],
)
def test_each_form_tells_the_same_instant(cell):
    assert read(cell) == NOON


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("2015-02-24", local(2015, 2, 24)),
        ("20150224", local(2015, 2, 24)),
        ("20150224113552", local(2015, 2, 24, 11, 35, 52)),
        ("2/24/15 23:05", local(2015, 2, 24, 23, 5)),
        ("2/24/2015 12:05 am", local(2015, 2, 24, 0, 5)),
        ("24/02/2015 12:05 p.m.", local(2015, 2, 24, 12, 5)),
        ("03.04.2026", local(2026, 4, 3)),
        ("4/4/2026", local(2026, 4, 4)),
        ("October 31, 2017", local(2017, 10, 31)),
    ],
)
def test_a_time_without_a_zone_stays_local(cell, told):
    assert read(cell) == told
    assert read(cell).tzinfo is None


def test_a_date_with_two_readings_is_refused_with_the_cure():
    with pytest.raises(BadDate, match=r"2026-04-03 or 2026-03-04.*--date-format dmy or --date-format mdy"):
        read("03/04/2026 10:00")
    assert read("03/04/2026", "dmy") == local(2026, 4, 3)
    assert read("03/04/2026", "mdy") == local(2026, 3, 4)
    assert read("03/04/2026 07h", "%d/%m/%Y %Hh") == local(2026, 4, 3, 7)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("", "empty"),
        ("soon", "no form known"),
        ("2015-02-30", "no such day"),
        ("31/13/2015", "no such day"),
        ("2015-02-24 25:00", "no such time of day"),
        ("24 février 2015", "no form known"),
        ("24 May 2015 10:00 MESZ", "zone 'MESZ'"),
        ("24 Mai 2015", "not English"),
        ("42059.48", "count of days"),
        (42059, "count of days"),
        (7, "1970"),
        (1e300, "no time"),
        ("0001-01-01", "year 1"),
        ("x" * 5000, "no time"),
    ],
)
def test_what_is_no_time_says_why(cell, why):
    with pytest.raises(BadDate, match=why):
        read(cell)


zones = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
moments = st.datetimes(local(1991, 1, 1), local(2099, 1, 1), timezones=zones).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(moments)
def test_any_moment_is_read_back_from_every_form(moment):
    for written in (
        moment.isoformat(),
        f"{moment:%Y-%m-%d %H:%M:%S %z}",
        f"{moment:%a %b %d %H:%M:%S %z %Y}",
        f"{moment:%b %d, %Y %I:%M:%S %p %z}",
        format_datetime(moment),
        str(int(moment.timestamp() * 1000)),
    ):
        assert read(written) == moment


@given(st.text(max_size=60) | st.floats() | st.integers())
def test_anything_else_is_refused_in_words(cell):
    try:
        read(cell)
    except BadDate as wrong:
        assert str(wrong)
