"""What was read of a post, as chips; its words with what is marked in them; the menu, the list, the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from amends.accounts.models import User
from amends.conversations.reading import said as read_of
from amends.desk.posts import CHIPS, shown
from amends.desk.readings import readings
from amends.desk.said import Span, pieces, said
from amends.desk.taught import missed, panel, table
from amends.desk.tests.test_timeline import post
from amends.teaching.models import Correction
from amends.teaching.queries import Tally, Taught
from amends.triage.decide import Threshold
from amends.triage.labels import definitions
from amends.triage.weighing import Weight

THRESHOLDS = {"deep": dict.fromkeys(definitions(), Threshold(0.3, 0.6))}
ALICE = User(name="Alice Archer")
CARD = "My card is 4111 1111 1111 1111, refund it!"


def corrected(**said: str) -> dict[str, Correction]:
    return {name: Correction(post_id=1, name=name, value=value, user=ALICE) for name, value in said.items()}


def chips(by: Mapping[str, Correction] = {}, **read: Any) -> list[str]:
    """The texts, a doubt with its question mark."""
    found = readings(post(1, **{"depth": "deep", "lang": "en"} | read), THRESHOLDS, by)
    return [chip.text + "?" * chip.doubt for chip in found]


def test_alarms_come_first_and_doubts_last() -> None:
    labels = {"complaint": 0.9, "refund": 0.5, "safety": 0.4, "legal": 0.7, "press": 0.1}
    told = chips(labels=labels, negative=0.7, promoted=True, marks=["capitals"])
    assert told == ["legal threat", "safety or injury?", "promoted", "unhappy", "complaint", "shouting", "refund?"]


def test_how_sure_it_is_stands_in_the_title() -> None:
    found = readings(post(1, depth="deep", labels={"safety": 0.48, "praise": 0.9999}), THRESHOLDS, {})
    assert [chip.title for chip in found] == ["Not sure: 48 %", "99 % sure"]
    assert [chip.tone for chip in found] == ["hot", "good"]


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ({"negative": 0.9, "intensity": 0.8}, ["furious"]),
        ({"negative": 0.9, "intensity": 0.8, "emotion": "anger"}, ["furious"]),
        ({"negative": 0.9, "intensity": 0.8, "labels": {"heated": 0.9}, "emotion": "anger"}, ["unhappy", "heated"]),
        ({"negative": 0.7, "emotion": "anger"}, ["unhappy", "angry"]),
        ({"negative": 0.7, "labels": {"complaint": 0.9}}, ["unhappy", "complaint"]),
        ({"positive": 0.9, "emotion": "joy"}, ["pleased"]),
        ({"emotion": "joy"}, ["joyful"]),
        ({"emotion": "joy", "labels": {"complaint": 0.5}}, ["complaint?"]),
        ({"emotion": "joy", "labels": {"praise": 0.9}}, ["praise"]),
        ({"negative": 0.38, "positive": 0.3}, ["unhappy?"]),
        ({"negative": 1 / 3, "positive": 1 / 3}, []),
        ({"negative": 0.1}, []),
        ({"marks": ["question"], "labels": {"question": 0.9}}, ["question"]),
        ({"marks": ["question"]}, []),
        ({"marks": ["question"], "lang": "fr"}, ["question"]),
        ({"marks": ["question"], "depth": "fast"}, ["question"]),
        ({"marks": ["profanity"], "labels": {"offensive": 0.9}}, ["offensive"]),
        ({"labels": {"sarcasm": 0.99}}, ["perhaps not meant?"]),
        ({"labels": {"complaint": 0.99}, "depth": "fast"}, []),
    ],
)
def test_nothing_is_told_twice(read: dict[str, Any], told: list[str]) -> None:
    assert chips(**read) == told


def test_what_somebody_said_is_certain() -> None:
    by = corrected(complaint="yes", refund="no", sarcasm="yes", sentiment="neutral", question="no")
    labels = {"complaint": 0.1, "refund": 0.9}
    found = readings(post(1, depth="deep", labels=labels, negative=0.9, emotion="anger", marks=["question"]), {}, by)
    assert [(chip.text, chip.doubt, chip.title) for chip in found] == [
        (text, False, "Alice Archer said so") for text in ("neutral", "complaint", "perhaps not meant")
    ]


def test_of_a_colleague_who_is_gone_no_name_is_told() -> None:
    (chip,) = readings(post(1), {}, {"press": Correction(name="press", value="yes", user=None)})
    assert chip.title == "A colleague said so"


@given(
    st.dictionaries(st.sampled_from(sorted(definitions())), st.floats(0, 1)),
    st.dictionaries(st.sampled_from(sorted(definitions())), st.sampled_from(["yes", "no"])),
)
def test_each_label_is_told_once_or_can_be_added(labels: dict[str, float], by: dict[str, str]) -> None:
    one, taught = post(1, depth="deep", labels=labels), Taught(THRESHOLDS, definitions(), {1: corrected(**by)})
    told = [chip.name for chip in readings(one, THRESHOLDS, taught.corrected[1]) if chip.name]
    added = [row.name for row in missed(one, taught) if row.name != "sentiment"]
    assert sorted(told + added) == sorted(definitions())


def test_five_stand_there_and_the_rest_is_at_hand() -> None:
    one = shown(
        post(1, depth="deep", labels=dict.fromkeys(list(definitions())[:8], 0.9)), "", "", True, None,
        taught=Taught(THRESHOLDS, definitions(), {}),
    )  # fmt: skip
    assert (len(one.chips), len(one.more)) == (CHIPS, 3)
    html = render_to_string("desk/_post.html", {"post": one, "brand": {"slug": "air"}})
    assert ">+3</span>" in html
    assert html.count("data-reading=") == 8


def test_of_what_we_wrote_and_what_is_gone_nothing_is_told() -> None:
    for more in ({"ours": True}, {"deleted": post(1).created}):
        one = shown(post(1, negative=0.9, **more), "", "", True, None)
        assert not one.chips
        assert not one.can_teach


# ---- the menu


def test_the_menu_says_what_it_means_and_how_sure_it_is() -> None:
    one = post(1, depth="deep", labels={"legal": 0.93})
    found = panel(one, "legal", Taught(THRESHOLDS, definitions(), {}))
    assert (found.title, found.sure) == ("Legal threat", "93 % sure, read deeply")
    assert found.meaning == definitions()["legal"].is_
    assert [choice.text for choice in found.choices] == ["Right", "Wrong"]
    assert panel(one, "press", Taught(THRESHOLDS, definitions(), {})).sure == ""
    felt = panel(one, "sentiment", Taught(THRESHOLDS, definitions(), {1: corrected(sentiment="neutral")}))
    assert [(choice.text, choice.current) for choice in felt.choices] == [
        ("Unhappy", False),
        ("Neutral", True),
        ("Pleased", False),
    ]
    assert felt.sure == "Alice Archer said so"


def test_what_somebody_denied_is_told_in_the_list() -> None:
    rows = {row.name: row for row in missed(post(1), Taught({}, definitions(), {1: corrected(legal="no")}))}
    assert rows["legal"].note == "Alice Archer said so: not so"
    assert rows["press"].note == ""
    assert rows["sentiment"].value == "positive"


def test_a_label_that_is_no_longer_read_keeps_its_row() -> None:
    assert [title for title, _ in table([Tally("sentiment"), Tally("legal"), Tally("gone")], definitions())] == [
        "Feeling",
        "Legal threat",
        "gone",
    ]


# ---- the words


@given(
    st.text(max_size=40),
    st.lists(st.builds(Span, st.integers(-5, 45), st.integers(-5, 45), st.sampled_from(["a", "b"])), max_size=6),
)
def test_the_pieces_are_the_text(text: str, spans: list[Span]) -> None:
    found = pieces(text, spans)
    assert "".join(piece.text for piece in found) == text
    at = 0
    for piece in found:
        over = {span.css for span in spans if 0 <= span.start <= at < span.end <= len(text)}
        assert set(piece.css.split()) == over
        at += len(piece.text)


def test_a_card_number_in_public_is_marked() -> None:
    found = said(post(1, text=CARD))
    (marked,) = [piece for piece in found.pieces if piece.css]
    assert marked == ("4111 1111 1111 1111", "personal", "card number in public")
    assert found.personal == "Their card number stands here in public. Ask them to take the post down."
    both = said(post(1, text=f"{CARD} Or write to ann@post.example")).personal
    assert both == "Their card number and e-mail address stand here in public. Ask them to take the post down."


def test_a_title_is_as_public_as_the_text() -> None:
    review = post(1, kind="review", subject="Call me on +44 20 7946 0958", text=CARD)
    found = said(review)
    assert [piece.text for piece in found.subject if piece.css == "personal"] == ["+44 20 7946 0958"]
    assert found.personal.startswith("Their phone number and card number stand here")
    assert not said(post(1, subject="Call me on +44 20 7946 0958", visibility="private")).personal


@pytest.mark.parametrize("more", [{"visibility": "private"}, {"visibility": "limited"}, {"ours": True}])
def test_what_is_not_public_or_not_theirs_is_not_marked(more: dict[str, Any]) -> None:
    found = said(post(1, text=CARD, **more))
    assert [piece.css for piece in found.pieces] == [""]
    assert not found.personal


def test_the_words_that_weighed_are_underlined_in_title_and_text() -> None:
    review = post(1, kind="review", subject="Awful", text="Lost it, thanks")
    weights = [Weight(0, 5, 2.0), Weight(6, 10, 0.4), Weight(15, 21, -1.5)]
    found = said(review, ("complaint", "Complaint", weights))
    assert [piece for piece in found.subject if piece.css] == [("Awful", "weight strong", "")]
    assert [(piece.text, piece.css) for piece in found.pieces if piece.css] == [
        ("Lost", "weight weak"),
        ("thanks", "weight strong against"),
    ]
    assert found.why is not None
    assert (found.why.favour, found.why.against) == (["Awful", "Lost"], ["thanks"])
    html = render_to_string("desk/_said.html", {"said": found})
    assert '<span class="weight strong against">thanks</span>' in html
    assert '<span class="weight weak">Lost</span> it, <span' in html


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("", "so awful"),
        ("awful again", "awful"),
        ("Awful", "it is awful 😡\n "),
        (" Awful", "awful"),
        ("", "  awful\n"),
    ],
)
def test_words_are_underlined_where_they_stand(subject: str, text: str) -> None:
    review = post(1, kind="review", subject=subject, text=text)
    start = read_of("review", subject, text).rindex("awful")
    found = said(review, ("complaint", "Complaint", [Weight(start, start + 5, 2.0)]))
    assert [piece.text for piece in found.pieces if piece.css] == ["awful"]
    assert not [piece for piece in found.subject if piece.css]


def test_words_stay_words() -> None:
    html = render_to_string("desk/_said.html", {"said": said(post(1, text="<b>4111 1111 1111 1111</b>"))})
    assert "&lt;b&gt;<span" in html
    assert "<b>4" not in html
