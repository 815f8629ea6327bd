from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.email.charsets import decoded, words
from amends.channels.email.headers import mailboxes, written
from amends.channels.email.mailboxes import Folder, sent
from amends.channels.email.mailboxes import decoded as decoded_name
from amends.channels.email.mailboxes import encoded as encoded_name
from amends.channels.email.tests.test_contract import RECEIVED


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Grüße".encode(), "utf-8", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode(), "", "Grüße"),
        ("Grüße".encode(), "x-unknown", "Grüße"),
        ("Grüße".encode("latin-1"), "utf-8", "Grüße"),
        ("“Grüße”".encode("cp1252"), "iso-8859-1", "“Grüße”"),
        ("荷物".encode("cp932"), "Shift_JIS", "荷物"),
        ("行李".encode("gb18030"), "gb2312", "行李"),
        ("가방".encode("cp949"), "ks_c_5601-1987", "가방"),
        ("\ufeffHi".encode(), "utf-8", "Hi"),
        (b"Hi", "base64", "Hi"),
        (b"Hi", "unicode_escape", "Hi"),
    ],
)  # fmt: skip
def test_bytes_become_text_whatever_they_are_labelled(data, charset, text):
    assert decoded(data, charset) == text


def test_what_was_cut_is_read_up_to_there():
    assert decoded(("荷物が届きません" * 9).encode("iso-2022-jp")[:-4], "iso-2022-jp").startswith(
        "荷物が届きません" * 8
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?UTF-8?B?R3LDvMOfZQ?=", "Grüße"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?b?8J8=?= =?utf-8?b?mKE=?=", "😡"),
        ("=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
        ("=?utf-8*en?q?a?= =?iso-8859-1?q?=E9?=", "aé"),
        ("Re: =?utf-8?q?a_b?= (c)", "Re: a b (c)"),
        ("=?nonsense?x?", "=?nonsense?x?"),
        ("two\r\n lines", "two lines"),
    ],
)
def test_headers_are_read_as_people_do(value, text):
    assert words(value) == text


@given(st.text())
def test_any_header_has_words(value):
    assert "\n" not in words(value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Ann <Ann@B.test>", [("ann@b.test", "Ann")]),
        ('"Lee, Ann" <ann@b.test>, bob@b.test', [("ann@b.test", "Lee, Ann"), ("bob@b.test", "")]),
        ("=?utf-8?q?J=C3=BCrgen?= <j@b.test>", [("j@b.test", "Jürgen")]),
        ("ann@b.test (Ann)", [("ann@b.test", "Ann")]),
        ('"alice@bank.test" <thief@b.test>', [("thief@b.test", "alice@bank.test")]),
        ("undisclosed-recipients:;", []),
        ("", []),
    ],
)
def test_addresses_are_found(value, found):
    assert mailboxes(value) == found


@pytest.mark.parametrize(
    ("value", "believed"),
    [
        ("Mon, 2 Mar 2026 12:30:00 +0100", True),
        ("2 Mar 2026 11:30:00 -0000", True),
        ("Sun, 1 Mar 2015 11:30:00 +0000", False),
        ("Mon, 2 Mar 2026 18:00:00 +0000", False),
        ("yesterday", False),
        ("Mon, 2 Mar 99999 18:00:00 +0000", False),
    ],
)
def test_a_date_is_believed_where_it_can_be_true(value, believed):
    assert (written(value, RECEIVED) != RECEIVED) is believed


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=60))
def test_names_of_folders_are_the_same_after_the_way_through_imap(name):
    quoted = encoded_name(name)
    assert decoded_name(quoted[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")) == name


def test_names_of_folders_are_written_as_the_rfc_does():
    assert encoded_name("~peter/mail/台北/日本語") == b'"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'
    assert decoded_name(b"&-&broken &!-") == "&&broken &!-"


def test_the_sent_folder_is_found():
    plain, marked = Folder("INBOX.Gesendet", ".", frozenset()), Folder("Out", "/", frozenset({"\\sent"}))
    assert sent([plain, marked]) == "Out"
    assert sent([Folder("Archive", "/", frozenset()), plain]) == "INBOX.Gesendet"
    assert sent([Folder("Archive", "", frozenset())]) == ""
