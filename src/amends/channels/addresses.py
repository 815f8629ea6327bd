"""The private-address rule: where a URL that somebody else chose may lead.

A person who connects an account, or a network's answer, can name any host. Without this rule they could make the
server call its neighbours: its own database, a router, a cloud's metadata service. Names are resolved once and the
connection goes to the very address that was judged, so that a name cannot change its mind in between.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from amends.channels.base import Rejected, RetryLater

Address = IPv4Address | IPv6Address

# What an operator may open to channels: this machine and its own networks. Shared address space (RFC 6598) is here
# because overlay networks use it.
NEARBY = tuple(
    ip_network(block)
    for block in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7",
    )
)  # fmt: skip

# Clouds tell credentials to whoever asks here. Closed even where neighbours are open.
METADATA = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254",
            "fd00:c1::a9fe:a9fe", "fd00:42::42",
        ),
    )
)  # fmt: skip

# RFC 6052 and RFC 8215: IPv4 addresses written as IPv6.
TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))

# RFC 4291: what else IPv6 has is not for the public.
GLOBAL_UNICAST = ip_network("2000::/3")


def allowed(address: Address, *, nearby: bool) -> bool:
    """Whether a channel may call this address. `nearby`: the operator opened this machine and private networks."""
    if isinstance(address, IPv6Address):
        if any(address in block for block in TRANSLATED):
            address = IPv4Address(int(address) & 0xFFFFFFFF)
        elif inner := address.ipv4_mapped or address.sixtofour:
            address = inner
    if address in METADATA:
        return False
    if address.is_global and not address.is_multicast and (address.version == 4 or address in GLOBAL_UNICAST):
        return True
    return nearby and any(address in block for block in NEARBY)


async def resolve(host: str, port: int, *, nearby: bool) -> str:
    """The address to connect to for `host`. Raises `Rejected` when it may not be called, `RetryLater` when it is not
    known to the name service."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RetryLater(f"The name {host} could not be looked up: check the address and this server's DNS.") from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not addresses or not all(allowed(ip_address(address), nearby=nearby) for address in addresses):
        raise Rejected(
            f"{host} leads into a private network, which channels may not call. "
            "If it is yours, the operator can allow private addresses in the settings of Amends."
        )
    return addresses[0]


def proxy_for(url: str) -> str | None:
    """The proxy that the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) names for this URL."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.hostname or ""):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
