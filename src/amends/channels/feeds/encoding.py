"""From the bytes of an XML feed to its text, with nothing in it that could do harm.

A parser that decodes takes whatever codec a document names, also those that hide what it holds; and one that resolves
entities of the document's own can be made to build gigabytes of a few kilobytes. So both is done here: only the
encodings that sites use are known, and declarations of entities are taken out.
"""

from __future__ import annotations

import codecs
import re

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
STARTS = ((b"<\x00?\x00", "utf-16-le"), (b"\x00<\x00?", "utf-16-be"))
KNOWN = re.compile(
    r"ascii|utf-8|utf-16(-[lb]e)?|iso8859-\d+|cp(125\d|866|874|932|949|950)|koi8-[rtu]|mac-roman|tis-620|big5(hkscs)?|"
    r"gb(2312|k|18030)|shift_jis|euc_(jp|kr)|iso2022_(jp|kr)"
)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.:-]{2,40})[\"']")
DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
ENTITY = re.compile(r"<!ENTITY[^>]*>?")


def as_text(body: bytes, content_type: str) -> str:
    """The document's text, without its XML declaration and entities of its own. What is good UTF-8 is that, whatever is
    claimed; what can't be decoded is replaced."""
    text = _decoded(body, content_type).replace("\x00", "")
    return ENTITY.sub("<!---->", DECLARATION.sub("", text, count=1))


def _decoded(body: bytes, content_type: str) -> str:
    for mark, name in BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for start, name in STARTS:
        if body.startswith(start):
            return body.decode(name, "replace")
    named = CHARSET.search(content_type)
    written = DECLARED.search(body)
    claims = [named[1] if named else "", written[1].decode() if written else ""]
    names = [name for claim in claims if (name := _codec(claim))]
    if not any(name.startswith("iso2022") for name in names):
        try:
            return body.decode()
        except UnicodeDecodeError:
            names = [name for name in names if name != "utf-8"]
    return body.decode(names[0] if names else "cp1252", "replace")


def _codec(claim: str) -> str:
    """The name that Python knows it by, if it is one of those that sites use."""
    try:
        name = codecs.lookup(claim).name
    except (LookupError, ValueError):
        return ""
    return name if KNOWN.fullmatch(name) else ""
