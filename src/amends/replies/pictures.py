"""Pictures without what a camera writes into them: the place where they were taken is nobody's business."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from amends.accounts.actions import Refused

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

LARGEST = 50_000_000  # pixels
ORIENTATION = 0x0112  # Exif 2.3, 4.6.4
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def plain(mime: str, content: bytes) -> bytes:
    """The picture alone, the right way up; other files as they are. Raises `Refused` for what is no such picture."""
    if mime not in FORMATS:
        return content
    from PIL import Image  # 20 MB of code that few processes need

    try:
        with Image.open(io.BytesIO(content), formats=[FORMATS[mime]]) as picture:
            small = picture.width * picture.height <= LARGEST
            moves = getattr(picture, "n_frames", 1) > 1  # cameras write no such files
            bare = content if moves or not small else _bare(picture, mime)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Refused(_("This picture can't be read: save it anew, then attach it.")) from None
    if not small:
        raise Refused(_("This picture has more than 50 million pixels: make it smaller first."))
    return bare


def _bare(picture: ImageFile, mime: str) -> bytes:
    from PIL import ImageOps

    turned = picture.getexif().get(ORIENTATION, 1) != 1
    kept: dict[str, Any] = {"icc_profile": picture.info.get("icc_profile")}
    if mime != "image/png":
        kept["quality"] = "keep" if mime == "image/jpeg" and not turned else 92
    shown = ImageOps.exif_transpose(picture) if turned else picture
    if not turned:
        picture.load()
    for place in ("exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment"):
        shown.info.pop(place, None)
    out = io.BytesIO()
    shown.save(out, FORMATS[mime], exif=b"", **kept)
    return out.getvalue()
