from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.feeds.encoding import as_text


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("Geschäft".encode(), "", "Geschäft"),
        ("Geschäft".encode("cp1252"), "", "Geschäft"),
        ("Geschäft".encode(), "text/xml; charset=iso-8859-1", "Geschäft"),  # wrong, as it often is
        ("Łódź".encode("iso-8859-2"), 'text/xml; Charset="ISO-8859-2"', "Łódź"),
        ("Łódź".encode("iso-8859-2"), "text/xml; charset=utf-8", "£ód¼"),
        (b"<?xml version='1.0' encoding='koi8-r'?>" + "Привет".encode("koi8-r"), "", "Привет"),
        (b"<?xml version='1.0' encoding='shift_jis'?>" + "荷物".encode("shift_jis"), "", "荷物"),
        (b"<?xml version='1.0' encoding='iso-2022-jp'?>" + "荷物".encode("iso-2022-jp"), "", "荷物"),
        ("<?xml version='1.0' encoding='utf-16'?>Łódź".encode("utf-16"), "", "Łódź"),
        ("<?xml version='1.0'?>Łódź".encode("utf-16-be"), "", "Łódź"),
        (codecs.BOM_UTF8 + "Łódź".encode(), "", "Łódź"),
        (b"<?xml version='1.0' encoding='no-such'?>x", "", "x"),
        (b"\x00a\x00", "", "a"),
    ],
)
def test_the_text_of_what_sites_send(body, kind, text):
    assert as_text(body, kind) == text


@pytest.mark.parametrize("codec", ["utf-7", "unicode_escape", "cp037", "rot13", "base64", "idna", "punycode", "zip"])
def test_an_encoding_that_hides_something_is_not_known(codec):
    body = f"<?xml version='1.0' encoding='{codec}'?>".encode() + b"\\x3c!ENTITY +ADwAIQ- \xff"
    assert as_text(body, "") == "\\x3c!ENTITY +ADwAIQ- ÿ"


def test_entities_of_its_own_are_taken_out():
    nested = '<!DOCTYPE r [<!ENT<!ENTITY x "y">ITY b "bb"><!ENTITY % p "<!ENTITY c \'&b;&b;\'>">]>'
    assert "<!ENTITY" not in as_text(nested.encode(), "")
    assert "<!ENTITY" not in as_text(nested.encode("utf-16"), "")


@given(st.binary(), st.text(max_size=40))
def test_any_bytes_are_some_text(body, kind):
    text = as_text(body, f"text/xml; charset={kind}")
    assert "\x00" not in text and "<!ENTITY" not in text
