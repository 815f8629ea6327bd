"""Months of tweets in one file, as data sets of airlines' mentions have them: none lost, and twice is once."""

from __future__ import annotations

import csv
import gzip
import io
import random
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.house import House

ROWS, REPEATED, BROKEN = 3_000, 60, 5
HEAD = (
    *("tweet_id", "airline_sentiment", "airline_sentiment_confidence", "negativereason", "airline", "name"),
    *("retweet_count", "text", "tweet_coord", "tweet_created", "tweet_location", "user_timezone"),
)
TEXTS = (
    "@MeridianAir my suitcase did not arrive, and nobody picks up the phone",
    '@MeridianAir "we are sorry" is not an answer.\nThree hours on the runway!',
    "@MeridianAir thanks, the crew to Zürich was wonderful ❤️",
    "@MeridianAir flight 2041 cancelled flightled again, what now?",
)
TABLES = ("post", "conversation", "sighting", "rawpost", "search")


def tweets(chance: random.Random) -> list[list[str]]:
    """Rows as the tweets have them: newest first, some of them twice, a few of them broken."""
    start = datetime(2015, 2, 24, 19, tzinfo=UTC)
    rows = []
    for number in range(ROWS):
        text = f"{chance.choice(TEXTS)} ({number})"
        written = (start - timedelta(seconds=30 * number)).strftime("%Y-%m-%d %H:%M:%S -0800")
        mood = chance.choice(["negative", "neutral", "positive"])
        key, name = str(570306133677760513 - number), f"flyer{chance.randrange(1200)}"
        rows.append([key, mood, "1.0", "", "Meridian Air", name, "0", text, "", written, "Zürich", "Bern"])
    rows += [list(row) for row in chance.sample(rows, REPEATED)]
    chance.shuffle(rows)
    for row in rows[100 : 100 + BROKEN]:
        row[HEAD.index("tweet_created")] = "the day before yesterday"
    return rows


@pytest.fixture
def file(tmp_path: Path) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *tweets(random.Random(7))])
    path = tmp_path / "Tweets.csv.gz"
    path.write_bytes(gzip.compress(text.getvalue().encode()))
    return path


def stored(house: House) -> dict[str, int]:
    tables = [f"conversations_{table}" for table in TABLES] + ["people_handle", "cases_case", "cases_casethread"]
    return {table: house.count(table) for table in tables}


def test_none_of_thousands_of_tweets_is_lost_and_twice_is_once(house: House, file: Path):
    assert house.run("migrate").returncode == 0
    assert house.run("user", "add", "olga@example.com", "--operator").returncode == 0
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    broken = [row for row in rows if not row["tweet_created"].startswith("2015")]
    good = {row["tweet_id"]: row["text"] for row in rows if row not in broken}
    assert len(broken) == BROKEN
    again = len(rows) - len(broken) - len(good)

    first = house.run("import", str(file), "--brand", "Meridian Air", "--make-brand")
    assert first.returncode == 0, first.stderr
    told = f"{len(rows):,} rows: {len(good):,} accepted, {again:,} known already, {BROKEN} rejected."
    assert told in first.stdout
    assert f"{again} rows that repeat an earlier one, which count once" in first.stderr
    with closing(house.database()) as database:
        kept = database.execute("SELECT external_id, text FROM conversations_post").fetchall()
    assert {key.rpartition("/")[2].rpartition(":")[2]: text for key, text in kept} == good
    refused = (file.parent / "Tweets.csv.gz.rejected.csv").read_text()
    assert all(row["tweet_id"] in refused for row in broken)
    assert refused.count("the day before yesterday") >= BROKEN

    before = stored(house)
    assert before["cases_case"] > 0
    second = house.run("import", str(file), "--brand", "Meridian Air")
    assert second.returncode == 0, second.stderr
    assert f"{len(rows):,} rows: 0 accepted, {len(good) + again:,} known already, {BROKEN} rejected." in second.stdout
    assert stored(house) == before
