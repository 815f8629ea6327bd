from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.listening import tokens
from amends.listening.tokens import folded, names, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where's my BAG?!", "where s my bag"),
        ("don’t don't donʼt", "don t don t don t"),
        ("Zürich ZURICH Zu\u0308rich", "zurich zurich zurich"),
        ("Straße STRASSE STRAẞE", "strasse strasse strasse"),
        ("İstanbul ISTANBUL ıstanbul", "istanbul istanbul istanbul"),
        ("smørrebrød Łódź œuvre", "smorrebrod lodz oeuvre"),
        ("ＵＮＩＴＥＤ 𝐔𝐧𝐢𝐭𝐞𝐝 ⓤⓝⓘⓣⓔⓓ United™", "united united united united"),
        ("u̷n̷i̷t̷e̷d̷", "united"),
        ("شُكْرًا شكرا", "شكرا شكرا"),
        ("کتاب كتاب", "كتاب كتاب"),
        ("שָׁלוֹם שלום", "שלום שלום"),
        ("٣ ३ 3", "3 3 3"),
        ("हिन्दी क़लम", "हिन्दी कलम"),
        ("한국 \u1112\u1161\u11ab\u1100\u116e\u11a8", "한국 한국"),
        ("Ёлка ΣΊΣΥΦΟΣ", "елка σισυφοσ"),
        ("日本航空です", "日 本 航 空 で す"),
        ("ガ ｶﾞ カ\u3099 カ", "ガ ガ ガ カ"),
        ("ไทย", "ไ ท ย"),
        ("ລາວ ខ្មែរ", "ລ າ ວ ខ ្ ម ែ រ"),
        ("iPhone買った", "iphone 買 っ た"),
        ("so😀😀good ❤️", "so 😀 😀 good ❤"),
        ("👍🏽 👍", "👍 👍"),
        ("👩🏽‍✈️ ✈️", "👩\u200d✈ ✈"),
        ("🇩🇪🇫🇷", "🇩🇪 🇫🇷"),
        ("1️⃣", "1"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zero width"),
        ("https://www.united.com/a?b=1", "https www united com a b 1"),
        ("a\0b\ud800c", "a b c"),
        ("@Alice.bsky.social #Late_bag", "alice bsky social late bag"),
        ("", ""),
    ],
)
def test_words(text, expected):
    assert words(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Delta. @delta", "@delta @delta"),
        ("hi @Alice.bsky.social!", "@alice @alice.bsky @alice.bsky.social"),
        ("@my-brand.example", "@my @my-brand @my-brand.example"),
        ("@bob@mastodon.social", "@bob @bob@mastodon @bob@mastodon.social"),
        ("mail me@delta.com", ""),
        ("https://mastodon.social/@bob", "@bob"),
        ("(@a_b) .@c", "@a_b @c"),
        ("#Delayed #día ＃東京 #हिन्दी", "#delayed #dia #東京 #हिन्दी"),
        ("&#39; page#part #", ""),
        ("どうも@Deltaありがとう #遅延は 楽しい#旅", "@delta #遅延は #旅"),
        ("#fun😀 #two™ @u\u200ed #x\u1ab0y ＠bob", "@ud @bob #fun #two #xy"),
        ("@спасибо @deltaспасибо", "@спасибо @deltaспасибо"),
        ("@ @. #!", ""),
    ],
)
def test_names(text, expected):
    assert names(text) == expected.split()


@given(st.text())
def test_words_are_their_own_words(text):
    row = words(text)
    assert words(" ".join(row)) == row
    assert all(word and not word.isspace() and " " not in word for word in row)


@given(st.text(st.characters(codec="utf-8")))
def test_every_token_can_be_stored(text):
    found = tokens(text)
    " ".join([*found.words, *found.names]).encode()
    assert "\0" not in folded(text)


@given(st.text("@#ab.-_é東が\u3099ʼ½\xad\x1b😀 ", max_size=20))
def test_the_words_of_a_name_are_words_of_its_text(text):
    row = words(text)
    for name in names(text):
        assert set(words(name)) <= set(row)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_blank_parts_texts(one, other):
    assert words(f"{one} {other}") == words(one) + words(other)


@pytest.mark.parametrize(
    "piece",
    [
        "e\u0301",
        "\u0301\u0323",
        "@a.",
        "@a.a-",
        "#",
        "@",
        "é a ",
        "👩\u200d",
        "\u1100\u1161",
        "a",
        "か\u3099",
        "🇩",
        "&#",
    ],
)
def test_time_grows_with_the_text(piece):
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        tokens(text)
        return time.process_time() - start

    seconds(1_000)
    # Sixteen times the text; a quadratic step would take 256 times as long. The constant forgives a slow clock.
    assert seconds(320_000) < 64 * seconds(20_000) + 0.25
