"""Bytes to text, whatever their label says: labels are missing, misspelt or wrong in a good part of real mail."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from quopri import decodestring

# As browsers take them (the WHATWG Encoding Standard): the smaller charset's name, and what is really meant.
MEANT = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
    "macintosh": "mac-roman",
}
TEXTUAL = re.compile(r"(?:utf|iso|windows|cp|koi|gb|big5|euc|shift|mac|tis|hz|viscii|latin|ibm)[\w.-]*", re.ASCII)
WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")


def decoded(data: bytes, charset: str) -> str:
    """The text. A wrong charset is seen where its bytes can't be: then UTF-8 is tried, then Windows' own."""
    named = charset.strip("\"' ").lower()
    named = MEANT.get(named, named)
    tried = [named] if TEXTUAL.fullmatch(named) else []
    if tried and named.startswith(("iso-2022", "hz")):  # written in ASCII: any bytes of it would be UTF-8 as well
        return _replaced(data, named)
    for one in (*tried, "utf-8"):
        try:
            return data.decode(one).removeprefix("\ufeff")
        except (LookupError, ValueError):
            continue
    text = _replaced(data, named) if tried else ""
    mostly_right = text and text.count("\ufffd") * 20 < len(data)  # a cut end, a stray byte
    return text if mostly_right else data.decode("cp1252", "replace")


def _replaced(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset, "replace")
    except (LookupError, ValueError):
        return data.decode("latin-1")


def words(value: str) -> str:
    """A header as a person reads it: encoded words (RFC 2047) decoded, also broken ones, bytes above ASCII read, on one
    line. `value` is as the `email` package gives it, with bytes as surrogates."""
    text = unescaped(value)
    if "=?" in text:
        text = _decode_words(text)
    return " ".join(text.replace("\x00", "").split())


def unescaped(value: str) -> str:
    """Bytes above ASCII that stand in a header as they are."""
    if value.isascii():
        return value
    try:
        return decoded(value.encode("ascii", "surrogateescape"), "utf-8")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode()


def _decode_words(text: str) -> str:
    """Words that stand side by side in one charset are decoded together: many programs cut a character in two."""
    found: list[str] = []
    held, charset, end = b"", "", 0
    for word in WORD.finditer(text):
        between = text[end : word.start()]
        name = word[1].partition("*")[0].lower()  # RFC 2231 lets a language follow
        if between.strip() or name != charset or not held:
            found.append(decoded(held, charset) if held else "")
            found.append(between if between.strip() or not end else "")
            held, charset = b"", name
        held += _bytes(word[2], word[3])
        end = word.end()
    found.append(decoded(held, charset) if held else "")
    return "".join(found) + text[end:]


def _bytes(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return decodestring(text.replace("_", " ").encode("utf-8", "replace"), header=False)
    try:
        return b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return text.encode("utf-8", "replace")
