"""The examples of our labels: what is known of each, and that none of them is in the test."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import msgspec
import pytest

from amends.triage.corpora import key
from amends.triage.deep import HEAD_LABELS
from amends.triage.labels import definitions, examples, labelled, pool
from amends.triage.labels.measure import held

WITH_EXAMPLES = [name for name in definitions() if examples(name)]


def test_every_label_has_examples_of_both_sorts() -> None:
    assert set(WITH_EXAMPLES) == set(definitions()) - set(HEAD_LABELS.values())  # which come from public sets
    for name in WITH_EXAMPLES:
        assert {one.label for one in examples(name)} == {0, 1}, name
        for one in examples(name):
            assert {*one.also, *one.doubted} <= set(definitions()), one.text
            assert not set(one.also) & set(one.doubted), one.text


def test_nothing_that_is_held_out_is_an_example() -> None:
    kept = {key(one.text) for texts in held().values() for one in texts}
    shown = {key(one.text): name for name in WITH_EXAMPLES for one in examples(name)}
    assert {shown[text] for text in kept & set(shown)} == set()


def test_the_pool_holds_each_example_with_what_is_known_of_it() -> None:
    found = defaultdict(list)
    for text, known in pool():
        found[text].append(known)
    for name in definitions():
        for one in examples(name):
            assert any(known.get(name) == one.label for known in found[one.text]) or name in one.doubted
            assert any(
                all(known[other] == 1 for other in one.also if other != name)
                and not any(other in known for other in one.doubted)
                for known in found[one.text]
            )
    assert sum(map(len, found.values())) == sum(len(examples(name)) for name in definitions())


def test_a_line_that_is_none_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"text": "where is my bag", "label": 1}\n\n')
    assert [one.label for one in labelled(file)] == [1]
    file.write_text('{"text": "where is my bag"}\n')
    with pytest.raises(msgspec.DecodeError, match="label"):
        labelled(file)


def test_a_label_that_nobody_wrote_examples_for_has_none() -> None:
    assert examples("weather") == []
