from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.bluesky.cids import cid_of, encode
from amends.channels.bluesky.tests.server import fixture

POSTS = json.loads(fixture("search.json"))["posts"] + json.loads(fixture("notifications.json"))["notifications"]
FRAMES = [json.loads(line) for line in fixture("jetstream.jsonl").splitlines()]
COMMITS = [frame["commit"] for frame in FRAMES if "record" in frame.get("commit", {})]


@pytest.mark.parametrize("view", POSTS, ids=lambda view: view["uri"][-13:])
def test_the_network_names_its_records_likewise(view):
    assert cid_of(view["record"]) == view["cid"]


@pytest.mark.parametrize("commit", COMMITS, ids=lambda commit: commit["rev"])
def test_so_does_the_stream(commit):
    assert cid_of(commit["record"]) == commit["cid"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (256, "190100"),
        (1 << 32, "1b0000000100000000"),
        (-1, "20"),
        (-500, "3901f3"),
        ("", "60"),
        ("ü", "62c3bc"),
        ([1, [2, 3]], "8201820203"),
        ({"bb": 1, "a": 2, "ab": 3}, "a361610262616203626262" + "01"),
        ([True, False, None], "83f5f4f6"),
    ],
)
def test_values_as_the_specification_writes_them(value, expected):
    assert encode(value).hex() == expected


@pytest.mark.parametrize("value", [1.5, b"x", {"a": object()}])
def test_what_a_record_can_not_hold_is_refused(value):
    with pytest.raises(TypeError):
        encode(value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=30), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_another_implementation_writes_the_same(value):
    libipld = pytest.importorskip("libipld")
    assert encode(value) == libipld.encode_dag_cbor(value)
