from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amends.channels.foreign import (
    DEEPEST,
    EPOCH,
    ERA,
    UNDECODABLE,
    count,
    decode,
    fields,
    items,
    microseconds,
    number,
    text,
    when,
)

WITHOUT_END = 100_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 1 << 60) | st.floats(allow_nan=False, width=16) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_as_deep_as_networks_write_it_is_read_whole():
    value = "the innermost"
    for _ in range(DEEPEST - 1):
        value = [value]
    beside = b"[" * WITHOUT_END + b"]" * WITHOUT_END
    assert decode(b"[%b,%b]" % (json.dumps(value).encode(), beside))[0] == value


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"]\\"}{":'])
def test_what_is_nested_without_end_is_nothing_and_the_rest_is_read(opening):
    closing = b"]" if opening == b"[" else b"}"
    deep = opening * WITHOUT_END + b"0" + closing * WITHOUT_END
    found = decode(b'{"before": "]}", "deep": %b, "after": {"a": "[\\"{"}}' % deep)
    assert (found["before"], found["after"]) == ("]}", {"a": '["{'})
    for cut in (deep[:-1], deep[: len(opening) * WITHOUT_END]):
        with pytest.raises(UNDECODABLE):
            decode(b'{"deep": ' + cut)


@pytest.mark.parametrize("raw", [b"", b"{", b'"\xff"', b'"\\ud800"', b"[1,]", b"NaN"])
def test_what_is_no_json_is_unreadable(raw):
    with pytest.raises(UNDECODABLE):
        decode(raw)


def test_a_value_of_the_wanted_kind():
    assert decode(b'[{"a": 1}]', list[msgspec.Raw]) == [msgspec.Raw(b'{"a": 1}')]
    with pytest.raises(UNDECODABLE):
        decode(b"{}", list[msgspec.Raw])


@given(JSON)
def test_whatever_stands_there_a_value_of_the_kind_or_nothing(value):
    assert text(value) == (value.replace("\x00", "") if isinstance(value, str) else "")
    assert fields(value) == (value if isinstance(value, dict) else {})
    assert items(value) == (value if isinstance(value, list) else [])
    whole = isinstance(value, int) and not isinstance(value, bool) and value < 1 << 53
    assert count(value) == (value if whole and value >= 0 else None)
    assert number(value) == (value if whole and value > 0 else 0)
    assert when(value) is None or isinstance(value, str)


@given(st.datetimes(timezones=st.timezones()))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
@example(ERA)
def test_an_instant_comes_back_in_utc_if_it_can_be_a_networks(moment):
    found = when(moment.isoformat())
    possible = ERA.timestamp() <= moment.timestamp() < datetime(9999, 1, 1, tzinfo=UTC).timestamp()
    assert (found is not None) == possible
    if found:
        assert found == datetime.fromisoformat(moment.isoformat()) and found.tzinfo is UTC
        assert EPOCH + microseconds(found) * datetime.resolution == found


def test_instants_as_networks_write_them():
    day = datetime(2020, 2, 2, 2, 2, 2, tzinfo=UTC)
    assert when("2020-02-02T02:02:02Z") == when("2020-02-02T02:02:02") == when("2020-02-02T16:02:02+14:00") == day
    assert when("2020-02-02T02:02:02.123456789Z") == day.replace(microsecond=123456)
    for value in (
        "",
        "yesterday",
        "1989-12-31T23:59:59Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z",
        0,
        None,
    ):
        assert when(value) is None
