from __future__ import annotations

import pytest

from amends.channels.feeds import MANIFEST
from amends.channels.registry import refuse_settings

MANY = "\n".join(f"https://a{number}.example/feed?q={{term}}&x=1" for number in range(200))


@pytest.mark.parametrize("feeds", ["https://a.example", "http://a.example/feed\r\n\n  https://b.example/x?y#z\n", MANY])
def test_addresses_one_a_line(feeds):
    assert refuse_settings(MANIFEST, {"feeds": feeds}) == {}


@pytest.mark.parametrize(
    "feeds", ["a.example", "https://", "ftp://a.example/feed", f"{MANY}\nand so on", "javascript:x"]
)
def test_what_is_no_address_is_told(feeds):
    assert "Addresses: this does not look right." in refuse_settings(MANIFEST, {"feeds": feeds})["feeds"]
