from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import Author
from amends.channels.bluesky.richtext import facets

BOB = Author(id="did:plc:bob", name="bob.test")


def spans(text, author=BOB):
    """[(the bytes a facet covers, what it is)]"""
    found = []
    for facet in facets(text, author):
        index, [feature] = facet["index"], facet["features"]
        covered = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        found.append((covered, feature.get("uri") or feature.get("tag") or feature["did"]))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing here", []),
        ("🧳 @bob.test hi", [("@bob.test", "did:plc:bob")]),
        ("@BOB.test, hi", [("@BOB.test", "did:plc:bob")]),
        ("(@bob.test)", [("@bob.test", "did:plc:bob")]),
        ("@bob.test.", [("@bob.test", "did:plc:bob")]),
        ("@bob.testing @bob.test.org x@bob.test @bob.test-2", []),
        ("@charlie.test", []),
        ("é https://a.example/ö?q=1#x.", [("https://a.example/ö?q=1#x", "https://a.example/ö?q=1#x")]),
        ("(http://a.example)", [("http://a.example", "http://a.example")]),
        ("http://a.example/(b)", [("http://a.example/(b)", "http://a.example/(b)")]),
        ("https:// ftp://a.example xhttps://a.example", []),
        ("#sorry, #鞄 #2026 #1st!", [("#sorry", "sorry"), ("#鞄", "鞄"), ("#1st", "1st")]),
        ("＃鞄", [("＃鞄", "鞄")]),
        ("a#b # #! ##", []),
        (f"#{'x' * 65}", []),
        (
            "#a https://b.example @bob.test",
            [("#a", "a"), ("https://b.example", "https://b.example"), ("@bob.test", "did:plc:bob")],
        ),
        ("https://a.example/@bob.test", [("https://a.example/@bob.test", "https://a.example/@bob.test")]),
    ],
)
def test_spans_cover_the_right_bytes(text, expected):
    assert spans(text) == expected


def test_a_writer_without_a_name_is_not_mentioned():
    assert spans("@ hello", Author(id="did:plc:bob")) == []
    assert spans("@bob.test", None) == []


@given(st.text(st.sampled_from("ab🧳é@#:/. (),\nhttps") | st.characters(codec="utf-8"), max_size=60))
def test_facets_lie_within_the_text_in_order_and_apart(text):
    found = facets(f"{text} @bob.test", BOB)
    edges = [edge for facet in found for edge in (facet["index"]["byteStart"], facet["index"]["byteEnd"])]
    assert edges == sorted(edges)
    assert all(facet["index"]["byteStart"] < facet["index"]["byteEnd"] for facet in found)
    assert not edges or edges[-1] <= len(f"{text} @bob.test".encode())
    spans(f"{text} @bob.test")
