"""The model cards, and the README's table of figures: from `weights/figures.json`, the models' own files, and the text
in `models/*.md.in`, whose {{places}} are filled. `docs.pages` writes them; tests/test_docs.py holds them to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import msgspec
from docs import card_rows
from docs.card_rows import MATTERS, OTHERS, SLICES, TASKS, Set

from amends.triage import deep, hashed, measured
from amends.triage.base import Depth
from amends.triage.decide import BY_FAVOUR, shipped
from amends.triage.labels import definitions, examples
from amends.triage.labels.measure import held

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "models"
README = ROOT / "README.md"
SHOWN = re.compile(r"(<!-- figures -->\n).*?(\n<!-- /figures -->)", re.DOTALL)
PLACE = re.compile(r"\{\{(=?)([\w.]+)\}\}")
FILES = {
    Depth.DEEP: ("deep.onnx", "deep.json", "labels.npz", "tokenizer.json"),
    Depth.FAST: ("fast.npz", "fast.json"),
}
FEELINGS = ("negative", "neutral", "positive")


def written() -> dict[Path, str]:
    """{the file: what stands in it}."""
    cards = Cards()
    pages = {file.with_suffix(""): cards.filled(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.md.in")}
    table = cards.against_others()
    return pages | {README: SHOWN.sub(lambda found: found[1] + table + found[2], README.read_text(encoding="utf-8"))}


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)).replace(
        "| --- ", "|---"
    )


class Cards:
    """What is said at each place."""

    def __init__(self) -> None:
        self._record = measured.kept()

    def filled(self, text: str) -> str:
        """Raises `KeyError` for a place that nothing is known of."""
        told: dict[str, Callable[[], str]] = {
            "written": lambda: (
                "This page is written by `make pages`; its text is the file of the same name with `.in`."
            ),
            "measured": self._measured,
            "size.deep": lambda: self._size(Depth.DEEP),
            "size.fast": lambda: self._size(Depth.FAST),
            "sets.deep": lambda: self._sets(card_rows.DEEP),
            "sets.fast": lambda: self._sets(card_rows.FAST),
            "sets.labels": lambda: self._sets(card_rows.LABELS),
            "sets.measured": lambda: self._sets(card_rows.MEASURED),
            "namesakes": self._namesakes,
            "trained.fast": lambda: f"{self._fast.trained['texts']:,}",
            "tasks.deep": lambda: self._tasks(""),
            "tasks.fast": lambda: self._tasks("fast."),
            "confusion.deep": lambda: self._confusion(""),
            "confusion.fast": lambda: self._confusion("fast."),
            "matters": self._matters,
            "slices.deep": lambda: self._slices(""),
            "slices.fast": lambda: self._slices("fast."),
            "groups.deep": lambda: self._groups(""),
            "groups.fast": lambda: self._groups("fast."),
            "umsab": self._umsab,
            "languages": self._languages,
            "labels.deep": lambda: self._labels(Depth.DEEP, "labels."),
            "labels.fast": lambda: self._labels(Depth.FAST, "labels.fast."),
            "rules": self._rules,
            "count": lambda: str(len(definitions())),
            "examples": lambda: f"{sum(len(examples(name)) for name in definitions()):,}",
            "held.positives": lambda: f"{sum(one.label for texts in held().values() for one in texts):,}",
            "held.near": lambda: f"{sum(1 - one.label for texts in held().values() for one in texts):,}",
        }
        return PLACE.sub(lambda place: self._percent(place[2]) if place[1] else told[place[2]](), text)

    def against_others(self) -> str:
        """The README's table."""
        head = ("in percent", "sentiment, macro-recall", "offensive, macro-F1", "emotion, macro-F1")
        keys = ("sentiment.{}macro_recall", "offensive.{}macro_f1", "emotion.{}macro_f1")
        ours = [
            (f"**Amends, {name}**", *(f"**{self._percent('tweeteval.' + key.format(prefix))}**" for key in keys))
            for name, prefix in (("deep", ""), ("fast", "fast."))
        ]
        return table(head, ours + OTHERS)

    def _percent(self, key: str) -> str:
        value = self._record.figures.get(key)
        return "not measured" if value is None else f"{100 * value:.1f}"

    def _percents(self, *keys: str) -> tuple[str, ...]:
        return tuple(self._percent(key) for key in keys)

    def _measured(self) -> str:
        versions = ", ".join(f"{name} {version}" for name, version in self._record.versions.items())
        return f"Measured on {self._record.date} (weights `{self._record.weights}`; {versions})."

    def _size(self, depth: Depth) -> str:
        return f"{sum((measured.HERE / name).stat().st_size for name in FILES[depth]) / 1e6:.1f} MB"

    @cached_property
    def _fast(self) -> hashed.Settings:
        return msgspec.json.decode((measured.HERE / "fast.json").read_bytes(), type=hashed.Settings)

    @cached_property
    def _deep(self) -> deep.Settings:
        return msgspec.json.decode((measured.HERE / "deep.json").read_bytes(), type=deep.Settings)

    def _sets(self, sets: tuple[Set, ...]) -> str:
        return table(
            ("set", "rows used", "licence stated", "published"),
            [(one.name, one.rows or self._rows(one.task), one.licence, one.published) for one in sets],
        )

    def _rows(self, task: str) -> str:
        found = [
            int(count)
            for name, count in self._deep.trained.items()
            if name == f"texts_{task}" or (task.endswith(".") and name.startswith(f"texts_{task}"))
        ]
        return f"{sum(found):,}"

    def _tasks(self, prefix: str) -> str:
        rows = [
            (
                name,
                *self._percents(f"tweeteval.{task}.{prefix}{figure}"),
                f"`tweeteval.{task}.{prefix}{figure}`",
                others,
            )
            for task, figure, name, others in TASKS
        ]
        rows += [
            (f"recall of {feeling} tweets", *self._percents(f"tweeteval.sentiment.{prefix}recall_{feeling}"),
             f"`tweeteval.sentiment.{prefix}recall_{feeling}`", "")
            for feeling in FEELINGS
        ]  # fmt: skip
        command = "`amends evaluate triage --data DIR --only tweeteval --json`"
        return table(("test of TweetEval", "here", f"key that {command} prints", "others"), rows)

    def _confusion(self, prefix: str) -> str:
        key = f"tweeteval.sentiment.{prefix}confusion."
        return table(
            ("truly", *(f"read as {other}" for other in FEELINGS)),
            [(one, *self._percents(*(f"{key}{one}_as_{other}" for other in FEELINGS))) for one in FEELINGS],
        )

    def _matters(self) -> str:
        return table(
            ("set", "figure", "here", "others"),
            [(name, f"`{key}`", self._percent(key), others) for name, key, others in MATTERS],
        )

    def _slices(self, prefix: str) -> str:
        rows = []
        for key, name in SLICES.items():
            figure = f"slices.sentiment.{prefix}{key}"
            right, low, high = self._percents(*(f"{figure}.accuracy{end}" for end in ("", "_low", "_high")))
            recall = f"{figure}.macro_recall"
            known = self._percent(recall) if recall in self._record.figures else "too few of a class"
            rows.append((name, self._count(f"slices.sentiment.{key}.texts"), f"{right} ({low}-{high})", known))
        return table(("tweets", "number", "right (interval)", "macro-recall"), rows)

    def _groups(self, prefix: str) -> str:
        found = {key.split(".")[2] for key in self._record.figures if key.startswith("slices.hatecheck.")} - {
            "fast",
            "all",
        }
        rows = [
            (
                name.replace("_", " ").replace("muslims", "Muslims"),
                *(
                    f"{self._percent(f'slices.hatecheck.{prefix}{name}.{kind}_called_offensive')}"
                    f" of {self._count(f'slices.hatecheck.{name}.{kind}_texts')}"
                    for kind in ("mentioned", "harmless", "hateful")
                ),
            )
            for name in [*sorted(found), "all"]
        ]
        return table(("called offensive", "only mentioned or praised", "all harmless", "hateful"), rows)

    def _count(self, key: str) -> str:
        return f"{self._record.figures.get(key, 0):,.0f}"

    def _umsab(self) -> str:
        names = ("english", "arabic", "french", "hindi", "italian", "portuguese", "spanish")
        rows = [
            (depth, *self._percents(*(f"umsab.{prefix}{name}.macro_f1" for name in names), f"umsab.{prefix}macro_f1"))
            for depth, prefix in (("as it ships", ""), ("fast alone", "fast."))
        ]
        return table(("", *names, "mean"), rows)

    def _languages(self) -> str:
        codes = sorted(key[9:] for key in self._record.figures if re.fullmatch(r"language\.[a-z]{2}", key))
        told = ", ".join(f"{code} {self._percent(f'language.{code}')}" for code in codes)
        tweets = sorted(key[16:] for key in self._record.figures if key.startswith("language.tweets_"))
        of_tweets = ", ".join(f"{code} {self._percent(f'language.tweets_{code}')}" for code in tweets)
        return f"{told}. Of tweets: {of_tweets}."

    def _namesakes(self) -> str:
        brands, shown = (self._record.figures[f"labels.namesake.{name}"] for name in ("brands", "examples"))
        return f"{brands:.0f} brands, each from {shown:.1f} texts on average"

    def _labels(self, depth: Depth, prefix: str) -> str:
        rows: list[tuple[str, ...]] = []
        for name, definition in definitions().items():
            threshold = shipped()[depth].get(name)
            if name == "namesake" and depth is Depth.DEEP:
                threshold = BY_FAVOUR[definition.favours]
            if f"{prefix}{name}.auc" in self._record.figures and threshold:
                told = (f"{100 * threshold.yes:.0f}", self._share(f"{prefix}{name}.precision"))
                told += (self._share(f"{prefix}{name}.recall"), *self._percents(f"{prefix}{name}.auc"))
                told += self._percents(f"{prefix}{name}.ece")
            else:
                kind = "set by a brand" if name == "namesake" else "**off**"
                told = (f"{100 * threshold.yes:.0f}" if threshold else kind, "", "", "", "")
            rows.append((definition.title, definition.favours, *told))
        return table(
            ("label", "favours", "from", "precision", "recall", "area under the curve", "calibration error"), rows
        )

    def _share(self, key: str) -> str:
        value, low, high = (self._percent(f"{key}{end}") for end in ("", "_low", "_high"))
        return f"{value} ({low}-{high})"

    def _rules(self) -> str:
        names = [name for name in definitions() if f"rules.{name}.surely.recall" in self._record.figures]
        parts = [f"{said}.{part}" for said in ("surely", "perhaps") for part in ("precision", "recall")]
        rows = [(definitions()[name].title, *(self._share(f"rules.{name}.{part}") for part in parts)) for name in names]
        head = ("label", "sure: precision", "sure: recall", "at least perhaps: precision", "at least perhaps: recall")
        return table(head, rows)
