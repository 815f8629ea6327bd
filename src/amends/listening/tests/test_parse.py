from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amends.listening import QueryError, parse
from amends.listening.nodes import And, Field, Name, Near, Not, Or, Term, is_anchored

from .given import queries


def word(text: str, *, prefix: bool = False) -> Term:
    return Term((text.lower(),), text, prefix)


A, B, C = word("a"), word("b"), word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a -b", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("a AND NOT -b", And((A, B))),
        ("a -(b OR c)", And((A, Not(Or((B, C)))))),
        ("a and or not b", And((A, word("and"), word("or"), word("not"), B))),
        ('"a b" c', And((Term(("a", "b"), "a b"), C))),
        ("“a b”", Term(("a", "b"), "a b")),
        ('"AND"', word("AND")),
        ("well-known", Term(("well", "known"), "well-known")),
        ("don't", Term(("don", "t"), "don't")),
        ("航空", Term(("航", "空"), "航空")),
        ("航空*", Term(("航", "空"), "航空")),
        ("delay*", word("delay", prefix=True)),
        ("@Alice.bsky.social", Name("@alice.bsky.social", "@alice.bsky.social")),
        ("#Late*", Name("#late", "#late", prefix=True)),
        ('"thanks @bob"', And((Term(("thanks", "bob"), "thanks bob"), Name("@bob", "@bob")))),
        ("aa NEAR/3 bb c", And((Near(word("aa"), word("bb"), 3), C))),
        ("aa NEAR/3 @bb", And((Near(word("aa"), word("bb"), 3), Name("@bb", "@bb")))),
        ("(aa OR (bb OR cc)) NEAR/3 (dd*)", Near(Or((word("aa"), word("bb"), word("cc"))), word("dd", prefix=True), 3)),
        ("-(a OR b) NEAR/3 c d", And((Not(Near(Or((A, B)), C, 3)), word("d")))),
        (
            "(aa OR @bb) NEAR/3 cc",
            Or((Near(word("aa"), word("cc"), 3), And((Near(word("bb"), word("cc"), 3), Name("@bb", "@bb"))))),
        ),
        ("from:@Alice Lang:PT-br", And((Field("from", "alice"), Field("lang", "pt-br")))),
        ('from:"Alice  Smith"', Field("from", "alice smith")),
        ("has:media is:review", And((Field("has", "media"), Field("is", "review")))),
        ("https://united.com/x", Term(("https", "united", "com", "x"), "https://united.com/x")),
        ("😀", word("😀")),
    ],
)
def test_trees(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "position", "suggestion", "said"),
    [
        ("", 0, "", "empty"),
        ("   ", 0, "", "empty"),
        ("(late OR lost", 0, "(late OR lost)", "never closed"),
        ("((late OR (lost", 10, "((late OR (lost)))", "never closed"),
        ("late)", 4, "late", "closes nothing"),
        ("late ()", 5, "late", "nothing between"),
        ("late (", 5, "late", "opens nothing"),
        ('late "lost bag', 5, 'late "lost bag"', "never closed"),
        ('late "', 5, "late", "opens nothing"),
        ('late ""', 5, "late", "between the quotes"),
        ("late OR", 5, "late", "nothing after"),
        ("late NOT", 5, "late", "nothing after"),
        ("(late AND) lost", 6, "(late ) lost", "nothing after"),
        ("OR late", 0, "late", "nothing before"),
        ("late AND OR lost", 9, "late AND lost", "nothing before"),
        ("late || lost", 5, "late OR lost", "no letter"),
        ("late & lost", 5, "late AND lost", "no letter"),
        ("form:alice late", 0, "from:alice late", "no field"),
        ("note:this", 0, '"note:this"', "no field"),
        ('note:"this one"', 0, '"note:this one"', "no field"),
        ("late has:imge", 9, "late has:image", "media, image, video"),
        ("late has:", 9, "late", "has:media"),
        ("late is:angry", 8, "", "review, reply"),
        ("lang:portuguese", 5, "", "code"),
        ("late* f*ck", 7, 'late* "f*ck"', "end of a word"),
        ("late l*", 5, "late l", "two letters"),
        ("late NEAR lost", 5, "late NEAR/5 lost", "how many words"),
        ("late NEAR/99 lost", 5, "late NEAR/20 lost", "how many words"),
        ("late NEAR/0 lost", 5, "late NEAR/5 lost", "how many words"),
        ("late NEAR/3 -lost", 5, "late AND -lost", "joins words, phrases and groups"),
        ("late NEAR/3 lost NEAR/3 bag", 17, "late NEAR/3 lost AND bag", "joins two words, phrases or groups"),
        ("lang:pt NEAR/3 bag", 8, "lang:pt AND bag", "joins two words, phrases or groups"),
        ("(late AND lost) NEAR/3 bag", 6, "(late OR lost) NEAR/3 bag", "write OR between"),
        ("bag NEAR/3 (very late OR lost)", 17, "bag NEAR/3 (very OR late OR lost)", "in a row in quotes"),
        ("bag NEAR/3 (late OR (very lost))", 26, "bag NEAR/3 (late OR (very OR lost))", "in a row in quotes"),
        ("(late -lost) NEAR/3 bag red", 6, "(late ) NEAR/3 bag -lost red", "A “-” can't stand in a group"),
        ("bag NEAR/3 (NOT (lost OR red) late)", 12, "bag NEAR/3 ( late) NOT (lost OR red)", "write it after"),
        ("(late OR lang:pt) NEAR/3 bag", 9, "(late ) NEAR/3 bag lang:pt", "A field can't stand in a group"),
        ("(late NEAR/2 lost) NEAR/3 bag", 6, "(late NEAR/2 lost) AND bag", "write AND for one"),
        ("(late lost", 0, "(late lost)", "never closed"),
        ("(late OR bag) NEAR/3 (bag OR red)", 14, "(late OR bag) AND (bag OR red)", "Both sides"),
        ("(late OR ba*) NEAR/3 (bag OR red)", 14, "(late OR ba*) AND (bag OR red)", "Both sides"),
        (
            f"({' OR '.join(f'@a{n}' for n in range(11))}) NEAR/3 ({' OR '.join(f'#b{n}' for n in range(11))})",
            77,
            "",
            "too many handles",
        ),
        ("late NEAR/3 @late", 5, "late AND @late", "Both sides"),
        ("la* NEAR/3 late", 4, "la* AND late", "Both sides"),
        ("-late", 0, "late", "nearly every post"),
        ("late OR NOT lost", 8, "late OR lost", "nearly every post"),
        ("late " * 501, 2500, "", "500 terms"),
        ("(" * 31 + "late" + ")" * 31, 30, "", "30 deep"),
        ("x" * 4001, 4000, "", "4,000 characters"),
    ],
)
def test_errors_point_at_the_character_and_suggest(text, position, suggestion, said):
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.suggestion) == (position, suggestion)
    assert said in caught.value.message


@given(queries)
def test_a_query_prints_as_itself(node):
    assert parse(str(node)) == node


@given(
    st.text('ab "()-*:@#.\0é東😀“/', max_size=25)
    | st.lists(
        st.sampled_from(
            ["a", "OR", "AND", "NOT", "NEAR/2", "NEAR", "-", "(", ")", '"', "from:", "has:media", "b*", "@c"]
        ),
        max_size=9,
    ).map(" ".join)
)
def test_anything_parses_or_is_explained(text):
    try:
        node = parse(text)
    except QueryError as error:
        assert 0 <= error.position <= len(text)
        assert error.message
        if error.suggestion:
            parse(error.suggestion)
    else:
        assert is_anchored(node)
        assert parse(str(node)) == node


def test_the_longest_query_is_no_depth_of_calls():
    with pytest.raises(QueryError):
        parse("NOT " * 999 + "a")
    assert parse("NOT " * 998 + "a") == A
    assert parse("(" * 30 + "a" + ")" * 30) == A
