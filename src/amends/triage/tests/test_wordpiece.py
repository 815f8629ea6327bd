"""Texts cut into pieces as those were that the encoder was taught with."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.triage.deep import HERE, LONGEST
from amends.triage.wordpiece import WordPiece, words

PIECES = WordPiece.load(HERE / "tokenizer.json", LONGEST)
NAMES = {number: name for name, number in PIECES._vocabulary.items()}


def cut(text: str) -> str:
    first, *between, last = (NAMES[number] for number in PIECES.ids(text))
    assert (first, last) == ("[CLS]", "[SEP]")
    return " ".join(between)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ""),
        ("Where is my bag?", "where is my bag ?"),
        ("CAFÉ naïve İstanbul ΣΑΣ Straße", "cafe naive istanbul σ ##α ##σ st ##raße"),
        ("don't @user: #fail...", "don ' t @ user : # fail . . ."),
        ("unbelievably delayed", "un ##bel ##ie ##va ##bly delayed"),
        ("荷物 where", "[UNK] [UNK] where"),
        ("kana カバン", "kan ##a カ ##ハ ##ン"),
        ("한국어", "ᄒ ##ᅡ ##ᆫ ##ᄀ ##ᅮ ##ᆨ ##ᄋ ##ᅥ"),
        ("😡 😡😡 👍🏽", "[UNK] [UNK] [UNK]"),
        ("a\0b\tc\u200bd\u00a0e\x0bf", "ab cd e ##f"),
        ("x" * 101, "[UNK]"),
        ("soft\u00adhyphen", "soft ##hy ##ph ##en"),
        ("٣ ½ ² ™", "[UNK] ½ ² ™"),
        ("[MASK] it", "[ mask ] it"),  # nobody's text is taken for a sign of the model's own
        ("half \ud800 of a pair", "half of a pair"),
    ],
)
def test_pieces_are_those_of_the_vocabulary(text: str, pieces: str) -> None:
    assert cut(text) == pieces


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_has_pieces_and_not_too_many(text: str) -> None:
    assert 2 <= len(PIECES.ids(text)) <= LONGEST
    assert all(word and not any(char.isspace() for char in word) for word in words(text))


def test_a_long_text_is_cut_off() -> None:
    assert cut("where is my bag " * 100).split() == ("where is my bag " * 16).split()[: LONGEST - 2]


def test_every_character_is_read_as_the_library_reads_it() -> None:
    """But for a few of the newest of Unicode, which it does not know."""
    tokenizers = pytest.importorskip("tokenizers")
    library = tokenizers.Tokenizer.from_file(str(HERE / "tokenizer.json"))
    texts = [f"a{chr(point)}b {chr(point)}" for point in range(0x20000) if not 0xD800 <= point < 0xE000]
    differ: Counter[str] = Counter()
    for text, right in zip(texts, library.encode_batch(texts), strict=True):
        if right.ids != PIECES.ids(text):
            differ[unicodedata.category(text[1])] += 1
            assert ord(text[1]) > 0x4FF, text
    assert differ.total() < 600, differ
