"""`amends triage`: an answer a post, whatever the posts are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from amends.cli import judge

ZALGO = "w" + "\u0334\u0322\u0301" * 200 + "here is my bag"
ODD = {
    "empty": "",
    "spaces": " \n\t ",
    "emoji": "😡",
    "hundred kilobytes": "where is my bag, nobody answers. " * 3_000,
    "numbers without end": "1-" * 50_000,
    "addresses without end": "a@b.cc " * 15_000,
    "right to left": "החבילה שלי לא הגיעה ואף אחד לא עונה",
    "direction marks": "\u202ewhere is my bag\u202c \u200f\u200e",
    "zalgo": ZALGO,
    "mixed": "Wo ist mein Koffer? Where is my bag? 私の荷物はどこですか",
    "link": "https://shop.example/help?id=3",
    "handle": "@meridianair",
    "null": "a\0b",
    "half an emoji": "where is my bag \ud83d",
    "the other half": "\ude00 where is my bag \\ud83d",
}


def run(lines: bytes | list[dict[str, Any]], *options: str) -> Result:
    told = lines if isinstance(lines, bytes) else "".join(json.dumps(one) + "\n" for one in lines).encode()
    return CliRunner().invoke(judge.triage, ["-", *options], input=told)


def answers(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("depth", ["fast", "deep", "auto"])
def test_odd_posts_are_answered_in_order(depth: str) -> None:
    result = run([{"id": name, "text": text} for name, text in ODD.items()], "--depth", depth)
    assert result.exit_code == 0, result.output
    found = answers(result)
    assert [one["id"] for one in found] == list(ODD)
    for one in found:
        assert sum(one["sentiment"]["probabilities"].values()) == pytest.approx(1, abs=1e-3)
        assert all(0 <= label["probability"] <= 1 for label in one["labels"].values())
        assert all(label["label"] in {"yes", "no", "unsure"} for label in one["labels"].values())


@pytest.mark.parametrize("name", ["empty", "spaces", "link", "handle"])
def test_where_nothing_is_said_nothing_is_told(name: str) -> None:
    (told,) = answers(run([{"text": ODD[name]}]))
    assert (told["id"], told["depth"], told["lang"]) == (None, "fast", {"label": "", "probability": 0.0})
    assert told["sentiment"]["label"] == "unsure"
    assert told["labels"] == {}
    assert told["emotion"] is None


def test_depth_is_what_was_asked_for() -> None:
    post = {"text": "where is my bag, it is two days late and nobody answers", "lang": "en"}
    depths = {depth: answers(run([post], "--depth", depth))[0]["depth"] for depth in ("fast", "deep", "auto")}
    assert depths == {"fast": "fast", "deep": "deep", "auto": "deep"}


def test_auto_reads_fast_while_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "AT_ONCE", 3)
    posts = [{"id": number, "text": f"my bag number {number} is still not here"} for number in range(4)]
    assert [one["depth"] for one in answers(run(posts))] == ["fast", "fast", "fast", "deep"]
    assert {one["depth"] for one in answers(run(posts, "--depth", "deep"))} == {"deep"}


def test_what_a_post_says_is_told_whole() -> None:
    (told,) = answers(run([{"id": 7, "text": "This is awful. Where is my bag? Call me on +44 20 7946 0958"}]))
    assert (told["id"], told["lang"]["label"], told["sentiment"]["label"]) == (7, "en", "negative")
    assert told["marks"] == ["question"]
    assert told["labels"]
    assert told["emotion"]["label"] == "anger"
    (span,) = told["personal"]
    assert (span["kind"], span["start"], span["end"]) == ("phone", 43, 59)


def test_lines_that_are_no_posts_are_named_and_the_others_read() -> None:
    lines = [b'{"id": "1", "text": "where is my bag"}', b"", b"{", b'{"id": "2"}', b'{"text": 3}', b'{"text": "\xff"}']
    result = run(b"\n".join([*lines, b'{"id": "3", "text": "thank you"}']))
    assert result.exit_code == 1
    assert "4 lines were no posts" in result.stderr
    found = answers(result)
    assert [one["id"] for one in found if "id" in one] == ["1", "3"]
    assert [one["line"] for one in found if "line" in one] == [3, 4, 5, 6]
    assert all("A line looks like" in one["error"] for one in found if "line" in one)


def test_half_an_emoji_is_one_character() -> None:
    lines = [
        rb'{"id": "\ud83d\ude00\\ud83d", "text": "\ud83d a@b.cc"}',
        rb'{"id": "\ud83d\u0041", "text": "\uDE00 a@b.cc"}',
    ]
    found = answers(run(b"\n".join(lines)))
    assert [one["id"] for one in found] == ["😀\\ud83d", "\ufffdA"]
    assert [(one["personal"][0]["start"], one["personal"][0]["end"]) for one in found] == [(2, 8), (2, 8)]


def test_a_line_of_too_many_layers_is_named_and_the_others_read() -> None:
    deep = b'{"text": "where is my bag", "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    result = run(deep + b'\n{"id": "2", "text": "thank you"}')
    assert result.exit_code == 1
    found = answers(result)
    assert [one.get("id") for one in found] == ["2", None]
    assert "recursion" in found[1]["error"]


def test_a_file_is_read_like_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text('{"id": "1", "text": "where is my bag", "more": [1]}\n')
    result = CliRunner().invoke(judge.triage, [str(file), "--depth", "fast"])
    assert [one["id"] for one in answers(result)] == ["1"]


def test_no_posts_no_answers() -> None:
    result = run(b"")
    assert (result.exit_code, result.stdout) == (0, "")


def test_what_does_not_fit_into_memory_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "MOST_BYTES", 100)
    posts = [{"id": number, "text": f"my bag number {number} is still not here"} for number in range(5)]
    assert [one["id"] for one in answers(run(posts))] == list(range(5))
    assert {one["depth"] for one in answers(run(posts))} == {"deep"}


def test_a_mark_of_bytes_before_the_first_line_is_no_part_of_it() -> None:
    (told,) = answers(run(b'\xef\xbb\xbf{"id": 1, "text": "where is my bag"}\n'))
    assert told["id"] == 1
