"""Everything a server can do to an endpoint: each row ends as an answer or with its reason, once, in time, and the key is shown nowhere."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import psutil
import pytest

from finetune.errors import SetupError
from finetune.inference import safe_http
from finetune.inference.endpoint import REFUSED_AT_FIRST, Endpoint, EndpointSettings
from finetune.inference.generate import Generation, Prompt
from finetune.inference.reply import Unanswered, answer
from finetune.rows import Message
from tests.faulty_server import ANSWERED, FAULTS, LOST, RAW, SLOW, Faulty, completion, faulty_server

KEY = "sk-very-secret-0123456789"


def settings(server: Faulty, **changes: Any) -> EndpointSettings:
    return EndpointSettings(f"http://127.0.0.1:{server.port}/v1", "m", **{"retries": 0, "timeout_s": 2.0, **changes})


def asked(*texts: str) -> list[Prompt]:
    return [Prompt(str(number), (Message("user", text),)) for number, text in enumerate(texts)]


def one(text: str, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Generation:
    monkeypatch.setenv("THE_KEY", KEY)
    with faulty_server() as server:
        (found,) = Endpoint(settings(server, api_key_env="THE_KEY", **changes)).run(asked(text), 8)
        return found


@pytest.mark.hostile
@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_one_rows_answer_or_reason(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    found = one(f"fault:{name}", monkeypatch)
    assert time.monotonic() - began < 60
    assert psutil.Process().memory_info().rss - before < 2**30
    assert KEY not in repr(found)
    if name in ANSWERED:
        assert (found.text.removesuffix(" [key]"), found.failure) == ("right answer", "")
        assert 0 < found.prompt_tokens < 100
        assert 0 < found.completion_tokens < 100
    else:
        assert found.text == ""
        assert 3 < len(found.failure) <= 250
        found.failure.encode()


def test_there_are_sixty_faults_at_least() -> None:
    assert len(set(FAULTS)) == len(ANSWERED) + len(LOST) + len(RAW) + len(SLOW) >= 60


REASONS = {
    "empty_cut": "cut off before it answered", "thoughts_cut": "cut off while thinking", "null_cut": "cut off while thinking",
    "thoughts_alone": "thoughts and no answer", "refusal": "refused (I would rather not)", "surrogate": "halves of characters",
    "error_in_200": "overloaded", "forbidden": "HTTP 403", "moved_away": "another address (http://127.0.0.1)",
    "busy_never": "asks to wait", "drip": "no answer within", "endless": "longer than 16384 KiB", "bomb": "longer than 256 KiB",
}  # fmt: skip


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_names_the_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert REASONS[name] in one(f"fault:{name}", monkeypatch, timeout_s=1.0 if name == "drip" else 20.0).failure


@pytest.mark.parametrize("name", ["parts", "thoughts", "thoughts_without_opening", "reasoning_beside", "usage_as_text", "usage_negative"])
def test_an_odd_answer_is_an_answer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = one(f"fault:{name}", monkeypatch)
    assert (found.text, found.failure) == ("right answer", "")


def test_an_echo_of_the_key_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one("fault:key_echoed", monkeypatch).text == "right answer [key]"
    assert "[key]" in one("fault:key_in_error", monkeypatch).failure


def test_a_part_of_the_key_is_masked_too() -> None:
    assert safe_http.without_key(f"wrong key {KEY[:12]}… and {KEY[-9:]}", KEY) == "wrong key [key]… and [key]"
    assert safe_http.without_key(f"{KEY}{KEY}", KEY) == "[key][key]"
    assert safe_http.without_key("sk-ver", KEY) == "sk-ver"


def test_a_word_instead_of_a_key_stays_in_answers() -> None:
    assert safe_http.without_key("none of it is EMPTY", "EMPTY") == "none of it is EMPTY"


def test_an_answer_that_ends_without_a_word_is_empty_and_no_failure() -> None:
    assert answer(completion("")) == ""
    assert answer(completion("a <think> tag, and </think> too")) != ""
    with pytest.raises(Unanswered):
        answer(completion("", "length"))


def test_what_a_server_says_it_used_never_gives_anything_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with faulty_server() as server:
        endpoint = Endpoint(settings(server, budget={"tokens": 60}, concurrency=1))
        found = endpoint.run(asked(*(f"fault:usage_negative {number}" for number in range(20))), 8)
        assert 0 < endpoint.budget.spent["tokens"] <= 60
        assert sum("budget" in row.failure for row in found) == 20 - sum(server.tried.values())


def test_a_refusal_of_one_row_is_that_rows_and_of_all_ends_the_arm(monkeypatch: pytest.MonkeyPatch) -> None:
    with faulty_server() as server:
        mixed = Endpoint(settings(server, concurrency=1)).run(asked("a", *(["fault:forbidden"] * 20), "b"), 8)
        assert [row.text for row in mixed if not row.failure] == ["right answer"] * 2
        server.tried.clear()
        found = Endpoint(settings(server, concurrency=1)).run(asked(*(["fault:forbidden"] * 50)), 8)
        assert sum(server.tried.values()) == REFUSED_AT_FIRST
        assert all("HTTP 403" in row.failure for row in found)


@pytest.mark.parametrize(("url", "reason"), [
    ("http://[::1", "is not an address"), ("http://127.0.0.1:port/v1", "is not an address"), ("ftp://a/v1", "is not an address"),
    ("", "is not an address"), ("api.example.org/v1", "is not an address"), ("http://a b/v1", "is not an address"),
    ("http://\ud83d/v1", "is not an address"), ("https://me:sk-secret@api.example.org/v1", "user name or password"),
    ("https://sk-secret@api.example.org/v1", "user name or password"), ("https://api.example.org/v1?key=sk-secret", "environment variable"),
])  # fmt: skip
def test_an_address_that_cannot_be_asked_or_holds_a_key_is_refused_and_not_repeated(url: str, reason: str) -> None:
    with pytest.raises(SetupError, match=reason) as told:
        Endpoint(EndpointSettings(url, "m"))
    assert "sk-secret" not in str(told.value)


@pytest.mark.parametrize("name", ["sk-very-secret-0123456789", "a key", "", "$THE_KEY", "the_key"])
def test_a_key_where_the_name_of_its_variable_belongs_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(SetupError, match="name of an environment variable") as told:
        Endpoint(EndpointSettings("http://127.0.0.1:9/v1", "m", api_key_env=name))
    assert not name or name not in str(told.value)


@pytest.mark.parametrize(("key", "reason"), [
    ('"sk-secret-1234"', "quotation marks"), ("'sk-secret-1234", "quotation marks"), ("Bearer sk-secret-1234", "Bearer"),
    ("sk-secret\n1234", "blank or line break"), ("sk-secret-\u20ac", "characters that no key has"),
])  # fmt: skip
def test_a_key_that_cannot_be_one_is_named_and_not_repeated(key: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", key)
    with pytest.raises(SetupError, match=reason) as told:
        Endpoint(EndpointSettings("http://127.0.0.1:9/v1", "m", api_key_env="THE_KEY"))
    assert "secret" not in str(told.value)


def complain(plain: socket.socket) -> None:
    """As a server without TLS answers a client that speaks it."""
    with plain.accept()[0] as connection:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize(("scheme", "reason"), [("https", "does not speak TLS"), ("http", "nothing listens at")])
def test_a_wrong_port_is_told_as_such(scheme: str, reason: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        thread = threading.Thread(target=complain, args=(plain,))
        if scheme == "https":
            thread.start()
        url = f"{scheme}://127.0.0.1:{plain.getsockname()[1] if scheme == 'https' else 9}/v1"
        (found,) = Endpoint(EndpointSettings(url, "m", retries=0, timeout_s=20)).run(asked("q"), 8)
        if scheme == "https":
            thread.join()
    assert reason in found.failure


def test_half_a_character_in_a_prompt_is_that_rows_failure() -> None:
    with faulty_server() as server:
        found = Endpoint(settings(server)).run(asked("half \ud83d", "whole"), 8)
    assert "halves of characters" in found[0].failure
    assert found[1].text == "right answer"


@pytest.mark.hostile
@pytest.mark.slow
def test_two_thousand_rows_against_a_mix_of_all_faults_none_lost_none_empty_none_asked_twice() -> None:
    """As a run does it: what failed is asked again later, what was answered is not."""
    kinds = [name for name in FAULTS if name not in (*SLOW, "bomb")]
    texts = [f"row:{number} " + (f"fault:{kinds[number // 2 % len(kinds)]}" if number % 2 else "") for number in range(2000)]
    stored: dict[str, Generation] = {}
    with faulty_server() as server:
        for _ in range(2):
            open_rows = [prompt for prompt in asked(*texts) if prompt.id not in stored or stored[prompt.id].failure]
            found = Endpoint(settings(server, concurrency=16, timeout_s=30.0)).run(open_rows, 8, lambda row: stored.update({row.id: row}))
            assert [row.id for row in found] == [prompt.id for prompt in open_rows]
        assert max(server.answered.values()) == 1
    assert len(stored) == 2000
    for number, text in enumerate(texts):
        row, fine = stored[str(number)], "fault" not in text or text.split("fault:")[1] in ANSWERED
        assert bool(row.text) == fine == (not row.failure), (text, row)
