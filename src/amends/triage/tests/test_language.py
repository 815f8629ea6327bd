from __future__ import annotations

import pytest

from amends.triage.clean import join, words_alone
from amends.triage.language import HINTED, Language, primary


@pytest.fixture(scope="module")
def model() -> Language:
    return Language.load()


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("where is my bag, i have been waiting for hours", "en"),
        ("mein koffer ist seit drei tagen weg", "de"),
        ("je n'ai toujours pas de réponse", "fr"),
        ("llevo tres horas esperando y nadie contesta", "es"),
        ("昨日のフライトは最悪でした", "ja"),
        ("أين حقيبتي", "ar"),
    ],
)
def test_a_sentence_tells_its_language(model: Language, text: str, lang: str) -> None:
    found, chance = model.tell(text, "")
    assert found == lang
    assert chance > 0.5


def test_a_sure_model_is_believed_against_the_hint(model: Language) -> None:
    assert model.tell("mein koffer ist seit drei tagen weg", "en")[0] == "de"


@pytest.mark.parametrize("text", ["", "ok", "123 !!", "😡"])
def test_the_hint_is_believed_where_the_text_says_little(model: Language, text: str) -> None:
    assert model.tell(text, "pt-BR") == ("pt", HINTED)
    assert model.tell(text, "") == ("", 0.0)


def test_one_sign_of_a_word_script_is_enough_to_ask_the_model(model: Language) -> None:
    assert model.tell("谢谢", "")[0] == "zh"


@pytest.mark.parametrize(
    ("tag", "lang"),
    [("pt-BR", "pt"), ("EN_us", "en"), ("fil", "fil"), ("und", ""), ("", ""), ("english", ""), ("x", ""), ("12", "")],
)
def test_a_tag_names_a_language_or_none(tag: str, lang: str) -> None:
    assert primary(tag) == lang


def test_handles_links_and_tags_do_not_speak() -> None:
    joined = join(["@Alice.example look https://example.org/x at #ThisThing", "www.example.org", "a\nb"])
    assert [text.split() for text in words_alone(joined.lower())] == [["look", "at"], [], ["a", "b"]]
