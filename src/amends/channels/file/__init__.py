"""Files: posts exported from somewhere else, in CSV or JSONL, plain or gzipped. They can be read and not answered.

`amends import` uses `Reader` and `Rejections`; a connected file is read again whenever it has grown.
"""

from __future__ import annotations

from amends.channels.file.channel import MANIFEST, connect
from amends.channels.file.reader import Reader
from amends.channels.file.rejected import Refused, Rejections
from amends.channels.file.rows import Choices

__all__ = ["MANIFEST", "Choices", "Reader", "Refused", "Rejections", "connect"]
