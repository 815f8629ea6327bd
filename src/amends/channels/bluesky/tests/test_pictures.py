from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.channels.base import File
from amends.channels.bluesky.pictures import ratio

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 640, 480)
JPEG = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 480, 640)
TURNED = b"\xff\xd8\xff\xe1\x00\x08Exif\0\0" + JPEG[2:]
EXTENDED = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")
LOSSLESS = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 639 | 479 << 14)
LOSSY = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480)


def shape(content):
    return ratio(File("bag", "image/png", content))


@pytest.mark.parametrize("content", [PNG, GIF, JPEG, EXTENDED, LOSSLESS, LOSSY])
def test_width_and_height_are_read(content):
    assert shape(content) == {"width": 640, "height": 480}


@pytest.mark.parametrize("content", [b"", b"%PDF", PNG[:18], JPEG[:12], TURNED, GIF[:6] + b"\0" * 4])
def test_where_the_bytes_do_not_tell_nothing_is_said(content):
    assert shape(content) is None


@given(st.sampled_from([PNG, GIF, JPEG, EXTENDED, LOSSLESS, LOSSY]), st.binary(max_size=40), st.integers(0, 40))
def test_broken_pictures_do_no_harm(content, noise, at):
    found = shape(content[:at] + noise)
    assert found is None or min(found.values()) > 0
