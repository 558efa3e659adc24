"""Any provider by LangChain: a real provider's package against a server of ours, with an endpoint's care; thoughts are paid for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eval.errors import SetupError as JudgeSetupError
from eval.judge.providers.faults import Fault
from eval.judge.providers.provider import provider_for
from eval.judge.settings import JudgeSettings
from finetune.errors import SetupError
from finetune.inference.endpoint import Endpoint, EndpointSettings
from finetune.inference.generate import Prompt
from finetune.inference.langchain import LangchainEndpoint, as_openai, thinking
from finetune.inference.provider import endpoint_for
from finetune.rows import Message
from tests.faulty_server import faulty_server

KEY = "sk-a-very-secret-key"


def settings(port: int, **changes: Any) -> EndpointSettings:
    given = {"base_url": f"http://127.0.0.1:{port}/v1", "provider": "openai", "api_key_env": "MY_KEY", "retries": 0, "timeout_s": 3.0}
    return EndpointSettings(model="m", **{**given, **changes})


def prompt(question: str) -> Prompt:
    return Prompt(question, (Message("system", "Answer."), Message("user", question)))


def test_every_row_ends_as_an_answer_or_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    names = ["", "thoughts", "key_echoed", "usage_absent", "refusal", "broken", "null_cut", "not_json", "hang_up", "forbidden"]
    with faulty_server() as server:
        endpoint = endpoint_for(settings(server.port))
        assert isinstance(endpoint, LangchainEndpoint)
        found = {one.id: one for one in endpoint.run([prompt(f"fault:{name}") for name in names], 16)}
        again = endpoint.run([prompt("row:1")], 16)
    said = {name: found[f"fault:{name}"] for name in names}
    assert again[0].text == "right answer", "asked once more, from another event loop"
    assert [said[name].text for name in names[:4]] == ["right answer", "right answer", "right answer [key]", "right answer"]
    assert not any(said[name].failure for name in names[:4])
    assert all(said[name].failure and not said[name].text for name in names[4:])
    assert said["broken"].failure.startswith("HTTP 500")
    assert (said[""].prompt_tokens, said[""].completion_tokens) == (10, 5)
    assert said["usage_absent"].prompt_tokens > 0
    assert "secret" not in str(found)
    assert endpoint.budget.spent["tokens"] > 10 * 3


def test_a_provider_or_package_that_is_not_there_is_named_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with pytest.raises(SetupError, match="pip install langchain-mistralai"):
        endpoint_for(settings(9, provider="mistralai"))
    with pytest.raises(SetupError, match="the provider nonsense"):
        endpoint_for(settings(9, provider="nonsense"))
    with pytest.raises(JudgeSetupError, match="pip install langchain-mistralai"):
        provider_for(JudgeSettings(model="m", provider="mistralai"), None)


@pytest.mark.parametrize("provider", ["openai", "openai_compatible"])
def test_thinking_is_asked_for_and_widens_the_limit(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    asked: list[dict[str, Any]] = []

    def remember(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request)
        return {"a": 1}

    with faulty_server(remember) as server:
        endpoint = endpoint_for(settings(server.port, provider=provider, reasoning_effort="high", thinking_tokens=100))
        (found,) = endpoint.run([prompt("tides")], 16)
    assert found.text == '{"a": 1}'
    assert asked[0]["reasoning_effort"] == "high"
    assert asked[0].get("max_completion_tokens", asked[0].get("max_tokens")) == 116
    assert type(endpoint) is (Endpoint if provider == "openai_compatible" else LangchainEndpoint)


def test_each_provider_is_told_its_budget_of_thoughts_in_its_own_words() -> None:
    anthropic = thinking(settings(9, provider="anthropic", thinking_tokens=2000))
    assert anthropic == {"thinking": {"type": "enabled", "budget_tokens": 2000}}
    assert thinking(settings(9, provider="google_genai", thinking_tokens=2000)) == {"thinking_budget": 2000}
    assert thinking(settings(9, provider="ollama", thinking_tokens=2000)) == {}


def test_messages_of_providers_are_read_alike() -> None:
    from langchain_core.messages import AIMessage

    thought = AIMessage([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "yes"}],
                        usage_metadata={"input_tokens": 7, "output_tokens": 9, "total_tokens": 16})  # fmt: skip
    thought.response_metadata = {"stop_reason": "max_tokens"}
    told = as_openai(thought)
    assert told["choices"][0]["finish_reason"] == "length"
    assert told["usage"] == {"prompt_tokens": 7, "completion_tokens": 9}


def test_a_judge_of_any_provider_gives_its_verdict_or_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    schema = {"type": "object", "properties": {"verdict": {"type": "integer"}}, "required": ["verdict"]}
    with faulty_server(lambda request: {"verdict": 1}) as server:
        given = JudgeSettings(model="m", provider="openai", base_url=f"http://127.0.0.1:{server.port}/v1", api_key_env="MY_KEY")
        judge = provider_for(given, None)
        reply = asyncio.run(judge.ask([{"role": "user", "content": "Is it right?"}], schema))
        assert (reply.text, reply.prompt_tokens, reply.completion_tokens) == ('{"verdict": 1}', 10, 5)
        with pytest.raises(Fault, match="HTTP 500") as told:
            asyncio.run(provider_for(given, None).ask([{"role": "user", "content": "fault:broken"}], schema))
        assert told.value.again
