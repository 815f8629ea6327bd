"""The query language, and what it finds: one matcher over all queries, terms for a network's own search, and
conditions for the full-text search of SQLite and PostgreSQL, all over the same tokens.

    node = parse('"lost luggage" (@united OR #united) -giveaway')
    Matcher({1: node}).match(Document("@united where is my lost luggage?"))  # (1,)
"""

from .document import Document
from .errors import QueryError
from .fulltext import FTS5_TOKENIZER, Filter, filters, fts5_match, search_text, tsquery, tsvector_literal
from .matcher import Matcher
from .nodes import Node
from .parse import parse
from .terms import search_terms
from .tokens import Tokens, tokens

__all__ = [
    "FTS5_TOKENIZER",
    "Document",
    "Filter",
    "Matcher",
    "Node",
    "QueryError",
    "Tokens",
    "filters",
    "fts5_match",
    "parse",
    "search_terms",
    "search_text",
    "tokens",
    "tsquery",
    "tsvector_literal",
]
