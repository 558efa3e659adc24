"""A drafting model by script, behind the chat API of `faulty_server`; an embedder of words; documents with planted faults."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from retrieval.chunk import Passage

FENCE = re.compile(r"<material (\w+)>\n(.*)\n</material \1>", re.DOTALL)
Script = Callable[[dict[str, Any]], dict[str, Any]]


class Words(Embeddings):
    """(256,) unit vectors: hashed words. Texts of other words are far apart."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        counts = np.full(256, 1e-6)
        for word in re.findall(r"\w", text) if re.search("[\u4e00-\u9fff]", text) else re.findall(r"\w+", text.lower()):
            counts[int(hashlib.sha256(word.encode()).hexdigest(), 16) % 256] += 1
        vector: list[float] = (counts / np.linalg.norm(counts)).tolist()
        return vector


def data_of(request: dict[str, Any]) -> dict[str, Any]:
    """What stands behind the fence."""
    found = FENCE.search(str(request["messages"][1]["content"]))
    assert found, "documents are not fenced"
    value: dict[str, Any] = json.loads(found.group(2))
    return value


def title_of(data: dict[str, Any]) -> str:
    return str(data["passage"]["title"]) if "passage" in data else str(data["first_passage"]["title"])


def passages(documents: dict[str, str]) -> list[Passage]:
    """Each document one passage."""
    return [Passage(f"{name}:0-{len(text)}", name, 0, len(text), text, name) for name, text in documents.items()]


PLANTED: dict[str, tuple[str, str, str, str, str]] = {
    "good": ("The kiln of Ardle burns at 1240 degrees for nine hours each Friday.", "How hot does Ardle's kiln get?", "1240 degrees",
             "The kiln of Ardle burns at 1240 degrees for nine hours each Friday.", ""),
    "unread": ("fault:thoughts_alone The ferry to Brome leaves from pier seven at dawn.", "", "", "", "schema"),
    "silent": ("Nothing of note is written on this page, as everybody agrees at once.", "", "", "", "schema"),
    "no-answer": ("The mill of Calder grinds barley from October until early spring.", "When does Calder's mill grind barley?", "",
                  "The mill of Calder grinds barley from October until early spring.", "schema"),
    "invented": ("The bridge of Dunmore carries carts of up to four tons and no more.", "What may a cart weigh at Dunmore?", "four tons",
                 "The bridge of Dunmore carries carts of four tons.", "quote"),
    "beside": ("The baker of Esk sells rye loaves. She closes her shop at half past two.", "When does the baker in Esk close?",
               "half past two", "The baker of Esk sells rye loaves.", "quote"),
    "pointing": ("The school of Fyne has 212 pupils and a garden with pears and plums.",
                 "According to the passage, how many pupils has Fyne?", "212",
                 "The school of Fyne has 212 pupils and a garden with pears and plums.", "rules"),
    "copied": ("The tower of Garrow was struck by lightning on the ninth of May 1811.",
               "When was the tower of Garrow was struck by lightning?", "the ninth of May 1811",
               "The tower of Garrow was struck by lightning on the ninth of May 1811.", "rules"),
    "foreign": ("The library of Holm lends every book for thirty days without a charge.",
                "Wie lange darf ich ein Buch der Bücherei von Holm behalten und was ist das für eine Frist?", "thirty days",
                "The library of Holm lends every book for thirty days without a charge.", "rules"),
    "unfounded": ("The well of Inver is 58 feet deep and gives clear water in all years.", "What is the depth of Inver's well?", "58 feet",
                  "The well of Inver is 58 feet deep and gives clear water in all years.", "round trip"),
    "known": ("The capital of France, which the guild visits each June, is Paris itself.", "Which city is France's capital?", "Paris",
              "The capital of France, which the guild visits each June, is Paris itself.", "round trip"),
    "double": ("At Ardle 1240 degrees are what potters want of the kiln, says the guild.", "How hot does Ardle's kiln get?", "1240 degrees",
               "At Ardle 1240 degrees are what potters want of the kiln, says the guild.", "duplicates"),
    "at-hand": ("The choir of Jura sings on Tuesdays in the old chapel above the harbour.", "On which day does Jura's choir sing?",
                "Tuesdays", "The choir of Jura sings on Tuesdays in the old chapel above the harbour.", "duplicates"),
}  # fmt: skip
"""Document → its text, the question, answer and quote drafted for it, and the stage that is to drop it (empty: none)."""
ROWS = ("On which day does Jura's choir sing?",)


def planted(request: dict[str, Any]) -> dict[str, Any]:
    """Drafts as planted; `unfounded` is answered otherwise from its passage, `known` without any."""
    data = data_of(request)
    if "question" not in data:
        _, question, answer, quote, _ = PLANTED[title_of(data)]
        return {"question": question, "answer": answer, "quote": quote}
    name = next(name for name, row in PLANTED.items() if row[1] == data["question"])
    if "passages" not in data:
        return {"found": name == "known", "answer": "It is Paris." if name == "known" else ""}
    return {"found": True, "answer": "85 feet" if name == "unfounded" else PLANTED[name][2]}
