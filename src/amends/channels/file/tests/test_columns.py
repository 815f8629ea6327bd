from __future__ import annotations

import pytest

from amends.channels.file.columns import NAMES, UnknownColumns, recognise

AIRLINE = [
    "tweet_id",
    "airline_sentiment",
    "airline",
    "name",
    "retweet_count",
    "text",
    "tweet_created",
    "user_timezone",
]
SUPPORT = ["tweet_id", "author_id", "inbound", "created_at", "text", "response_tweet_id", "in_response_to_tweet_id"]


def test_exports_of_tweets_are_recognised():
    assert recognise(AIRLINE, {}) == {
        "id": "tweet_id",
        "text": "text",
        "author": "name",
        "created": "tweet_created",
        "reshares": "retweet_count",
    }
    assert recognise(SUPPORT, {}) == {
        "id": "tweet_id",
        "text": "text",
        "author_id": "author_id",
        "created": "created_at",
        "parent": "in_response_to_tweet_id",
    }


def test_case_spaces_and_dashes_do_not_matter():
    found = recognise(["Review Text", "Review-Date", "Star Rating", "User Name"], {})
    assert found == {"text": "Review Text", "created": "Review-Date", "stars": "Star Rating", "author": "User Name"}


def test_a_chosen_column_goes_first_and_is_used_once():
    assert recognise(["text", "verbatim", "date"], {"text": "verbatim"})["text"] == "verbatim"
    assert recognise(["text", "Body", "date"], {"text": "body"})["text"] == "Body"
    found = recognise(["message", "date", "id"], {"id": "none", "subject": "message", "text": "message"})
    assert found == {"text": "message", "subject": "message", "created": "date"}


def test_a_wrong_choice_names_the_nearest():
    with pytest.raises(UnknownColumns, match=r"no column 'txet' for text.*mean 'text'.*text, date"):
        recognise(["text", "date"], {"text": "txet"})
    with pytest.raises(UnknownColumns, match="no field 'txt'"):
        recognise(["text", "date"], {"txt": "text"})


@pytest.mark.parametrize(("header", "option"), [(["text", "x"], "--created"), (["date", "x"], "--text")])
def test_a_missing_column_is_asked_for(header, option):
    with pytest.raises(UnknownColumns, match=option):
        recognise(header, {})


def test_every_usual_name_is_recognised_alone():
    for field, names in NAMES.items():
        for name in names:
            header = [name, *(column for column in ("text", "created") if column != field)]
            assert name in recognise(header, {}).values(), name
