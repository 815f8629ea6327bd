from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import Rejected
from amends.channels.inbound.signature import WINDOW, sign, verify

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD, NEW = "the-secret-of-last-year-0123", "the-secret-of-this-year-4567"


def test_it_is_what_openssl_makes_of_the_same():
    """printf '1772452800.{}' | openssl dgst -sha256 -hmac the-secret-of-this-year-4567"""
    assert sign([NEW], b"{}", NOW) == (
        "t=1772452800,v1=c51f5cd43a6f5599aeb0a358b70595a1e901a46f3f5d3c3998b6948e160a7be1"
    )


@given(body=st.binary(max_size=200), drift=st.integers(-WINDOW, WINDOW))
def test_what_either_secret_signed_is_right_while_a_secret_is_changed(body, drift):
    at = NOW + timedelta(seconds=drift)
    for mine, theirs in (([NEW], [NEW, OLD]), ([OLD], [NEW, OLD]), ([NEW, OLD], [OLD]), ([NEW, OLD], [NEW])):
        verify(theirs, sign(mine, body, at), body, NOW)


@given(body=st.binary(max_size=200), other=st.binary(max_size=200))
def test_another_body_another_secret_or_none_is_refused(body, other):
    header = sign([NEW], body, NOW)
    if body != other:
        with pytest.raises(Rejected, match="very bytes"):
            verify([NEW], header, other, NOW)
    for secrets in ([OLD], []):
        with pytest.raises(Rejected, match="secret that was entered here"):
            verify(secrets, header, body, NOW)


@pytest.mark.parametrize("seconds", [WINDOW + 1, -WINDOW - 1, 10**9])
def test_a_call_from_another_time_is_refused(seconds):
    header = sign([NEW], b"{}", NOW - timedelta(seconds=seconds))
    with pytest.raises(Rejected, match="by our clock"):
        verify([NEW], header, b"{}", NOW)
    with pytest.raises(Rejected, match="very bytes"):  # nor can the time alone be moved
        verify([NEW], sign([NEW], b"{}", NOW).replace("t=1772452800", "t=1772452801"), b"{}", NOW)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("", "is missing"),
        ("v1=00", "can't be read"),
        (f"t=1772452800,v1={'0' * 63}", "can't be read"),
        (f"t=1772452800,v0={'0' * 64}", "can't be read"),
        (f"t=soon,v1={'0' * 64}", "can't be read"),
        (f"t=1772452800{f',v1={chr(48) * 64}' * 99}", "can't be read"),
        (f"t=999999999999,v1={'0' * 64}", "in the future"),
    ],
)
def test_the_sender_is_told_what_to_look_at_and_no_secret(header, says):
    with pytest.raises(Rejected, match=says) as error:
        verify([NEW], header, b"{}", NOW)
    assert NEW not in str(error.value)
