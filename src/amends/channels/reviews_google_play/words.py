"""What an agent should know before reading: which version, on which device; and what stands below on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amends.channels.foreign import count, fields, text

# The releases of Android by API level, from Android's table of platform versions.
RELEASES = {
    19: "4.4", 20: "4.4W", 21: "5.0", 22: "5.1", 23: "6", 24: "7.0", 25: "7.1", 26: "8.0", 27: "8.1", 28: "9",
    29: "10", 30: "11", 31: "12", 32: "12L", 33: "13", 34: "14", 35: "15", 36: "16",
}  # fmt: skip


def headline(title: str, app: str, comment: Mapping[str, Any]) -> str:
    """The review's own title, then in brackets the app's version, the device and its Android, as far as told."""
    facts = ", ".join(filter(None, (_version(app, comment), _device(comment), _android(comment))))
    return f"{title} ({facts})" if title and facts else title or facts


def below(comment: Mapping[str, Any], translation: str) -> str:
    """Google's translation, and what else it tells of the device."""
    meta = fields(comment.get("deviceMetadata"))
    width, height, memory = (count(meta.get(name)) for name in ("screenWidthPx", "screenHeightPx", "ramMb"))
    told = (
        text(meta.get("deviceClass")),
        f"screen {width} × {height}" if width and height else "",
        f"{memory} MB of memory" if memory else "",
        " ".join(filter(None, (text(meta.get("cpuMake")), text(meta.get("cpuModel"))))),
    )
    device = ", ".join(filter(None, told))
    lines = (f"Translation: {translation}" if translation else "", f"Device: {device}" if device else "")
    return "\n".join(filter(None, lines))


def _version(app: str, comment: Mapping[str, Any]) -> str:
    name, build = text(comment.get("appVersionName")), count(comment.get("appVersionCode"))
    if name:
        return f"{app or 'version'} {name}"
    return f"{app} build {build}".lstrip() if build is not None else app


def _device(comment: Mapping[str, Any]) -> str:
    meta = fields(comment.get("deviceMetadata"))
    maker, product = text(meta.get("manufacturer")), text(meta.get("productName"))
    if product and not product.lower().startswith(maker.lower()):
        product = f"{maker} {product}"
    return product or text(comment.get("device"))


def _android(comment: Mapping[str, Any]) -> str:
    level = count(comment.get("androidOsVersion"))
    if not level:
        return ""
    return f"Android {RELEASES[level]}" if level in RELEASES else f"Android API {level}"
