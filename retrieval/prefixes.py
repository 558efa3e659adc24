"""What embedding models expect before a query and before a passage, by their exact id on the hub, as their cards say."""

from __future__ import annotations

from typing import NamedTuple


class Prefixes(NamedTuple):
    """What a model expects before a query and before a passage."""

    query: str
    passage: str


NONE = Prefixes("", "")
E5 = Prefixes("query: ", "passage: ")
E5_INSTRUCT = Prefixes("Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ", "")
SENTENCE = Prefixes("Represent this sentence for searching relevant passages: ", "")
NOMIC = Prefixes("search_query: ", "search_document: ")
QUERY = Prefixes("query: ", "")
IDS: dict[Prefixes, tuple[str, ...]] = {
    E5: (
        "intfloat/e5-small", "intfloat/e5-base", "intfloat/e5-large", "intfloat/e5-small-v2", "intfloat/e5-base-v2", "intfloat/e5-large-v2",
        "intfloat/multilingual-e5-small", "intfloat/multilingual-e5-base", "intfloat/multilingual-e5-large",
    ),
    E5_INSTRUCT: ("intfloat/multilingual-e5-large-instruct", "intfloat/e5-mistral-7b-instruct"),
    SENTENCE: (
        "BAAI/bge-small-en", "BAAI/bge-base-en", "BAAI/bge-large-en", "BAAI/bge-small-en-v1.5", "BAAI/bge-base-en-v1.5",
        "BAAI/bge-large-en-v1.5", "mixedbread-ai/mxbai-embed-large-v1", "mixedbread-ai/mxbai-embed-xsmall-v1",
        "Snowflake/snowflake-arctic-embed-xs", "Snowflake/snowflake-arctic-embed-s", "Snowflake/snowflake-arctic-embed-m",
        "Snowflake/snowflake-arctic-embed-m-long", "Snowflake/snowflake-arctic-embed-l", "Snowflake/snowflake-arctic-embed-m-v1.5",
    ),
    NOMIC: ("nomic-ai/nomic-embed-text-v1", "nomic-ai/nomic-embed-text-v1.5", "nomic-ai/nomic-embed-text-v2-moe"),
    QUERY: ("Snowflake/snowflake-arctic-embed-m-v2.0", "Snowflake/snowflake-arctic-embed-l-v2.0"),
}  # fmt: skip
BY_ID = {name.lower(): prefixes for prefixes, names in IDS.items() for name in names}


def known_prefixes(model_id: str) -> Prefixes:
    """Of the model with exactly this id of the hub, whatever its case; nothing for every other, MiniLM, mpnet and gte among them."""
    return BY_ID.get(model_id.lower(), NONE)
