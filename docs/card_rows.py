"""What the model cards say of the public sets, and which figures they show beside whose."""

from __future__ import annotations

from typing import NamedTuple


class Set(NamedTuple):
    """`task`: its name in training, by which the rows used are known; empty where it is counted otherwise."""

    name: str
    licence: str
    published: str
    task: str = ""
    rows: str = ""


NONE = "**none stated**"
TWEETEVAL = '"without any restrictions", but for those of each task'

DEEP = (
    Set(
        "SemEval 2013 to 2016, sentiment in Twitter, train; English",
        f"{NONE} for the data (code beside it: MIT)",
        "alt.qcri.org/semeval2017/task4",
        "sentiment",
    ),
    Set("TweetEval, offensive (OLID), train", TWEETEVAL, "GitHub: cardiffnlp/tweeteval", "offensive"),
    Set("TweetEval, emotion (SemEval 2018), train", TWEETEVAL, "GitHub: cardiffnlp/tweeteval", "emotion"),
    Set("TweetEval, irony (SemEval 2018), train", TWEETEVAL, "GitHub: cardiffnlp/tweeteval", "irony"),
    Set(
        "GoEmotions, train, comments with one emotion", "CC BY 4.0", "GitHub: google-research/goemotions", "goemotions"
    ),
    Set("banking77, train", "CC BY 4.0", "GitHub: PolyAI-LDN/task-specific-datasets", "banking77"),
    Set("clinc150, `data_full`, train", "CC BY 3.0", "GitHub: clinc/oos-eval", "clinc150"),
    Set(
        "Bitext, customer service intents, train",
        "CDLA-Sharing 1.0 (binds who publishes the data; not what is learnt)",
        "GitHub: bitext/customer-support-intent-detection-training-dataset",
        "bitext",
    ),
    Set("our own examples of labels, made up", "Apache-2.0, as Amends", "[here](labels.md)", "label."),
)
FAST = (
    Set(
        "UMSAB, train; Arabic, French, Hindi (romanised), Italian, Portuguese, Spanish",
        'Apache-2.0; "restrictions may apply to individual datasets"',
        "GitHub: cardiffnlp/xlm-t",
        rows="some 1,800 each",
    ),
    Set(
        "TweetEval, hate (HatEval) and stance, train: their words, not their labels, as the deep model reads them",
        TWEETEVAL,
        "GitHub: cardiffnlp/tweeteval",
        rows="11.6k",
    ),
    Set(
        "tweets of Davidson et al. (2017): likewise",
        "MIT",
        "GitHub: t-davidson/hate-speech-and-offensive-language",
        rows="24.8k",
    ),
    Set(
        "`seeds.txt`: what people write, in eight languages, and emoji; made up",
        "Apache-2.0, as Amends",
        "here",
        rows="some 6,100",
    ),
)
LABELS = (
    Set(
        "complaints (Preoţiuc-Pietro et al., 2019): complaint or not; the encoder itself never saw it",
        NONE,
        "ACL 2019, with the paper",
        rows="2.9k",
    ),
    Set("TweetEval, offensive (OLID), train", TWEETEVAL, "GitHub: cardiffnlp/tweeteval", "offensive"),
    Set("TweetEval, irony, train", TWEETEVAL, "GitHub: cardiffnlp/tweeteval", "irony"),
)
MEASURED = (
    Set(
        "airline tweets (CrowdFlower, 2015)", "CC BY-NC-SA 4.0", "Kaggle: crowdflower/twitter-airline-sentiment",
        rows="none",
    ),
    Set(
        "complaints (Preoţiuc-Pietro et al., 2019), in ten folds", NONE, "ACL 2019, with the paper",
        rows="see [labels](labels.md)",
    ),
    Set("HateCheck (Röttger et al., 2021)", "CC BY 4.0", "GitHub: paul-rottger/hatecheck-data", rows="none"),
    Set("sentences in twenty languages", "Apache-2.0", "GitHub: pemistahl/lingua", rows="none"),
)  # fmt: skip
"""Which only measure; beside the test splits of the others."""

TASKS = (
    (
        "sentiment", "macro_recall", "sentiment, macro-recall",
        "VADER 57.0, TextBlob 49.0, n-grams 62.7, FastText 62.9, RoBERTa-base 71.3, BERTweet 73.4",
    ),
    ("sentiment", "macro_f1", "sentiment, macro-F1", ""),
    ("sentiment", "accuracy", "sentiment, accuracy", ""),
    ("offensive", "macro_f1", "offensive, macro-F1", "n-grams 73.8, FastText 73.4, RoBERTa-base 79.5, BERTweet 79.5"),
    ("emotion", "macro_f1", "emotion, macro-F1", "n-grams 66.4, FastText 65.2, RoBERTa-base 76.1, BERTweet 79.3"),
    ("irony", "macro_f1", "irony, macro-F1", ""),
)  # fmt: skip
MATTERS = (
    ("banking77: 77 intents, accuracy", "banking77.accuracy", "n-grams 91.5, published 93"),
    ("clinc150: 150 intents, accuracy in scope", "clinc150.in_scope_accuracy", ""),
    ("the same with the threshold below", "clinc150.in_scope_accuracy_with_threshold", ""),
    ("clinc150: recall of what is out of scope", "clinc150.out_of_scope_recall", ""),
    ("airline: sentiment, macro-F1", "airline.macro_f1", "n-grams 75.1"),
    ("airline: which of ten reasons", "airline.reasons.top1", "n-grams 61.8"),
    ("complaints, ten folds, F1", "complaints.f1", "n-grams 78.5, BERT-size models 88.2"),
    ("the same without random tweets", "complaints.without_random.f1", ""),
)
SLICES = {
    "under_60": "under 60 characters",
    "from_60_to_120": "60 to 120 characters",
    "over_120": "over 120 characters",
    "dialect.african_american": "words of African-American English",
    "dialect.scottish_and_irish": "words of Scottish and Irish English",
    "dialect.indian": "words of Indian English",
}
OTHERS: list[tuple[str, ...]] = [
    ("VADER 3.3.2", "57.0", "", ""),
    ("TextBlob", "49.0", "", ""),
    ("TF-IDF n-grams", "62.7", "73.8", "66.4"),
    ("RoBERTa-base, published", "71.3", "79.5", "76.1"),
    ("BERTweet, published", "73.4", "79.5", "79.3"),
]
"""What others have on the same test: the published ones in Barbieri et al., TweetEval, 2020, and Nguyen et al.,
BERTweet, 2020; the rest measured by us."""
