"""The grammar at work: a query's pieces, and its tree. The only module that needs the parser library, loaded late."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from . import values
from .misplaced import misplaced, unclosed_quote
from .nodes import Node, all_of, any_of, negated

_END = Token("$END", "")  # what the library's own lexers end with


def _start(token: Token) -> int:
    return token.start_pos or 0


@v_args(inline=True)
class _Build(Transformer[Token, Node]):
    """Called by the parser for every rule, from the leaves up, so that no depth of a query is a depth of calls."""

    def start(self, node: Node) -> Node:
        return node

    def disjunction(self, *nodes: Node) -> Node:
        return any_of(nodes)

    def conjunction(self, *nodes: Node) -> Node:
        return all_of(nodes)

    def negation(self, *signs_and_node: Node) -> Node:
        node = signs_and_node[-1]
        return negated(node) if len(signs_and_node) % 2 == 0 else node

    def nearness(self, left: Node, operator: Token, right: Node) -> Node:
        return values.near(left, str(operator), _start(operator), right)

    def leaf(self, token: Token) -> Node:
        read = values.phrase if token.type == "PHRASE" else values.word
        return read(str(token), _start(token))

    def field(self, token: Token) -> Node:
        return values.field(str(token), _start(token))


@cache
def _parser() -> Lark:
    rules = files("amends.listening").joinpath("grammar.lark").read_text("utf-8")
    return Lark(rules, parser="lalr", lexer="basic", transformer=_Build())


def pieces(text: str) -> list[Token]:
    """The query cut into words, phrases, fields, operators and parentheses. Raises `Fault`."""
    try:
        return list(_parser().lex(text))
    except UnexpectedCharacters as error:  # only a quote can begin no piece
        raise unclosed_quote(text, error.pos_in_stream or 0) from error


def tree(pieces: Sequence[Token], length: int) -> Node:
    """The tree of a query of that length, of which these are the pieces. Raises `Fault`."""
    parser, node = _parser().parse_interactive(), None
    for place, piece in enumerate([*pieces, _END]):
        try:
            node = parser.feed_token(piece)
        except UnexpectedToken as error:
            raise misplaced(pieces[:place], None if piece is _END else piece, length) from error
    return cast(Node, node)  # the transformer makes nodes of the library's trees
