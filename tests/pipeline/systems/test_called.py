"""A Python object of the team's own: run in a process of its own, with a time limit, without keys; what goes wrong is one row's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.experiment.systems_section import System
from pipeline.own_code.source import hash_of_source
from pipeline.systems.called import Called
from pipeline.systems.door import identity
from pipeline.systems.reply import Question, Reply, Retrieved

MODULE = """
import json, os, sys, time
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda

print("noise on the output")

def answer(question, id):
    if question == "raise":
        raise ValueError("no such thing")
    if question == "exit":
        os._exit(7)
    if question == "leave":
        sys.exit(3)
    if question == "hang":
        time.sleep(60)
    if question == "number":
        return 3.0
    if question == "nothing":
        return None
    if question == "keys":
        return json.dumps([name for name in os.environ if "KEY" in name or "BAKEOFF_PASSWORD" in name])
    if question == "process":
        return str(os.getpid())
    print("more noise")
    return {"answer": f"{id}: {question}", "contexts": [Document("found", metadata={"source": "a.md"})], "cost": 0.5}

said = AIMessage("from the model", usage_metadata={"input_tokens": 11, "output_tokens": 4, "total_tokens": 15},
                 response_metadata={"model_name": "fake"})
chain = RunnableLambda(lambda given: given["question"]) | GenericFakeChatModel(messages=iter([said] * 100))
value = 7
"""


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "own.py").write_text(MODULE)
    return str(tmp_path)


def asked(folder: str, questions: list[str], **settings: object) -> dict[str, Reply]:
    found: dict[str, Reply] = {}
    system = System.model_validate({"name": "mine", "call": "own:answer", **settings})
    Called(system, folder).run([Question(text, text) for text in questions], lambda question, reply: found.update({question.id: reply}))
    return found


def test_each_way_to_fail_is_one_rows_and_the_others_are_answered(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("MY_KEY", "needed")
    ways = ["hello", "raise", "exit", "leave", "hang", "number", "nothing", "keys", "process"]
    said = asked(folder, ways, timeout_s=2.0, environment=["MY_KEY"])
    assert list(said) == ways
    hello = said["hello"]
    assert (hello.text, hello.contexts, hello.cost) == ("hello: hello", (Retrieved("found", "a.md"),), 0.5)
    assert hello.seconds is not None
    assert {way: said[way].failure for way in ways[1:7]} == {
        "raise": "ValueError: no such thing (own.py:12)", "exit": "the process ended (exit code 7)", "leave": "SystemExit: 3 (own.py:16)",
        "hang": "no reply within 2 s", "number": "the reply is a number, not a text or an object with `answer`",
        "nothing": "the reply is empty (null), not a text or an object with `answer`",
    }  # fmt: skip
    assert said["keys"].text == '["MY_KEY"]'
    assert int(said["process"].text) != os.getpid()


def test_a_runnable_is_invoked_and_its_tokens_are_counted(folder: str) -> None:
    reply = asked(folder, ["who?"], call="own:chain", input_key="question")["who?"]
    assert (reply.text, reply.prompt_tokens, reply.completion_tokens) == ("from the model", 11, 4)


def test_what_cannot_be_imported_is_told_at_once(folder: str) -> None:
    (Path(folder) / "broken.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(UserError, match=r"nothing_of_this_name.*\(broken\.py:1\)"):
        asked(folder, ["a"], call="broken:x")
    with pytest.raises(UserError, match="neither a function nor a Runnable"):
        asked(folder, ["a"], call="own:value")
    with pytest.raises(UserError, match="there is no module 'absent'"):
        hash_of_source("absent:x", folder, "systems.mine.call")


def test_rows_are_not_asked_for_ever_where_all_fail(folder: str) -> None:
    (Path(folder) / "bad.py").write_text(
        "open('asked', 'w').close()\ndef f(x):\n    open('asked', 'a').write('x')\n    raise KeyError(x)\n"
    )
    said = asked(folder, [str(n) for n in range(20)], call="bad:f")
    assert len((Path(folder) / "asked").read_text()) == 8
    assert "(as the first 8 rows that were asked)" in said["19"].failure


def test_a_changed_source_or_version_is_another_system(folder: str) -> None:
    system = System(name="mine", call="own:answer")
    before = identity(system, folder)
    assert identity(system.model_copy(update={"version": "2"}), folder) != before
    (Path(folder) / "own.py").write_text(MODULE + "\n")
    assert identity(system, folder) != before
    package = Path(folder) / "app"
    package.mkdir()
    for name in ("__init__", "rag", "search"):
        (package / f"{name}.py").write_text("raise RuntimeError('nothing is run to find it')\n")
    whole = hash_of_source("app.rag:chain", folder, "")
    (package / "search.py").write_text("x = 1\n")
    assert hash_of_source("app.rag:chain", folder, "") != whole, "of a package all files count"
