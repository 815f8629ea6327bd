from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import BadData, Kind, Visibility
from amends.channels.inbound.mail import parse, split

FIXTURES = Path(__file__).parents[1] / "fixtures"
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_a_mail_is_its_own_words_its_writer_and_its_files():
    mail = parse((FIXTURES / "mail.eml").read_bytes(), "shop", NOW)
    assert mail.text == "It is still not here. My address is Straße 1.\n\nAnn"
    assert mail.folded.startswith("--")
    assert "> We are looking for it." in mail.folded
    assert (mail.subject, mail.author.display) == ("Re: Wo ist mein Koffer 🧱", "Ann Müller")
    assert (mail.author.id, mail.author.name) == ("shop:ann@example.org", "ann@example.org")
    assert (mail.id, mail.parent) == ("shop:<b2@example.org>", "shop:<a1@shop.example>")
    assert mail.root == "shop:<first@example.org>"
    assert (mail.kind, mail.visibility, mail.addressed) == (Kind.MAIL, Visibility.PRIVATE, True)
    assert mail.created == datetime(2026, 3, 2, 12, tzinfo=UTC)
    (file,) = mail.files
    assert (file.name, file.mime, file.content[:4]) == ("belt.png", "image/png", b"\x89PNG")


def test_html_is_read_as_words():
    mail = parse((FIXTURES / "html.eml").read_bytes(), "shop", NOW)
    assert mail.text == "Schönen Tag,\n\nich möchte das Hemd zurückgeben."
    assert (mail.files, mail.parent, mail.root) == ((), "", "")


def test_what_nobody_writes_is_set_aside():
    """The library would read this header for minutes."""
    with pytest.raises(BadData, match="64 kB"):
        parse(b"From: a@b.test\nContent-Type: text/plain" + b";a=b" * 100_000 + b"\n\nHello", "shop", NOW)


def test_nobody_has_sent_it():
    with pytest.raises(BadData, match="no From with an address"):
        parse(b"Subject: Hello\n\nHello", "shop", NOW)


def test_a_mail_without_an_id_has_the_same_each_time():
    one, other = (parse(b"From: a@example.org\n\nHello", "shop", NOW) for _ in range(2))
    assert one.id == other.id
    assert one.created == NOW


def test_a_name_that_looks_like_an_address_is_a_name():
    """=?utf-8?q?...?= hides a second address in front of the true one."""
    mail = parse(b"From: =?utf-8?q?boss=40air.example=2C?= <eve@evil.example>\n\nHello", "shop", NOW)
    assert (mail.author.name, mail.author.display) == ("eve@evil.example", "boss@air.example,")


@pytest.mark.parametrize(
    ("text", "words", "folded"),
    [
        ("Hello", "Hello", ""),
        ("Hello\n\n-- \nAnn", "Hello", "-- \nAnn"),
        ("Yes.\n\nOn Monday Bob wrote:\n> Is it?\n>\n", "Yes.", "On Monday Bob wrote:\n> Is it?\n>"),
        ("> Is it?\n\nYes.", "> Is it?\n\nYes.", ""),
        ("> Is it?\n> Is it?", "> Is it?\n> Is it?", ""),
        ("These are lost:\n\n\n", "These are lost:", ""),
    ],
)
def test_what_is_quoted_below_is_folded(text, words, folded):
    assert split(text) == (words, folded)


@given(st.text(alphabet="> \n-:ab", max_size=80))
def test_no_word_is_lost(text):
    words, folded = split(text)
    assert (words + folded).replace("\n", "").replace(" ", "") == text.replace("\n", "").replace(" ", "")
    assert bool(words) == bool(text.strip())


def test_a_long_quotation_takes_no_long_time():
    text = ">\n" * 400_000 + "x"
    assert split(text) == (text, "")
