from __future__ import annotations

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.addresses import allowed, proxy_for, resolve
from amends.channels.base import Rejected, RetryLater

PRIVATE = ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd12::1", "::ffff:10.0.0.1"]
NEVER = [
    "169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fe80::1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "168.63.129.16", "fd20:ce::254",
    "::", "ff02::1", "198.18.0.1", "2001:db8::1", "::7f00:1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
]  # fmt: skip


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_the_public_may_be_called(address):
    assert allowed(ip_address(address), nearby=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_neighbours_may_be_called_only_where_the_operator_opened_them(address):
    assert not allowed(ip_address(address), nearby=False)
    assert allowed(ip_address(address), nearby=True)


@pytest.mark.parametrize("address", NEVER)
def test_some_are_never_called(address):
    assert not allowed(ip_address(address), nearby=False)
    assert not allowed(ip_address(address), nearby=True)


@given(st.ip_addresses(v=4), st.booleans())
def test_an_ipv4_address_is_judged_the_same_however_it_is_written(address: IPv4Address, nearby):
    number = int(address)
    expected = allowed(address, nearby=nearby)
    for written in (f"::ffff:{address}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}"):
        assert allowed(ip_address(written), nearby=nearby) == expected


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0x7f.1", "2130706433", "::1"])
async def test_names_and_odd_spellings_of_this_machine_are_refused(host):
    with pytest.raises((Rejected, RetryLater)):
        await resolve(host, 80, nearby=False)


async def test_a_name_that_nobody_knows_may_be_known_later():
    with pytest.raises(RetryLater, match="looked up"):
        await resolve("no-such-host.invalid", 80, nearby=False)


async def test_what_may_be_called_is_given_as_the_address_that_was_judged():
    assert await resolve("localhost", 80, nearby=True) in ("127.0.0.1", "::1")


def test_the_environment_names_the_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert proxy_for("https://bsky.social/xrpc") == "http://proxy.example:3128"
    assert proxy_for("wss://jetstream.example/subscribe") == "http://proxy.example:3128"
    assert proxy_for("https://inside.example/") is None
    assert proxy_for("http://bsky.social/") is None
