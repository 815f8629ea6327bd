"""Event types: closed, small, and the same after a way through the table."""

from __future__ import annotations

import typing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.events import types

EVERY = typing.get_args(types.AnyEvent)


def test_every_type_can_be_read_back():
    assert set(EVERY) == set(types.Event.__subclasses__())
    tags = [kind.__struct_config__.tag for kind in EVERY]
    assert len(set(tags)) == len(tags)


@given(st.one_of([st.from_type(kind) for kind in EVERY]))
def test_what_is_written_is_read(event):
    text = types.encode(event)
    assert types.decode(text) == event
    assert text.startswith(b'{"type":"')


def test_an_unknown_type_is_refused():
    with pytest.raises(msgspec.ValidationError):
        types.decode(b'{"type":"weather"}')


def test_no_event_carries_what_a_customer_wrote():
    words = {"text", "body", "subject", "note", "display", "handle_name"}
    for kind in EVERY:
        strings = {field.name for field in msgspec.structs.fields(kind) if field.type is str}
        assert not strings & words, kind
