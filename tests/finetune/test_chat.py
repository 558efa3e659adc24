"""One place for the chat: what opens and closes an answer comes from the template, and is the same wherever a model is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from finetune.chat import Chat, ChatSettings
from finetune.errors import SetupError
from finetune.inference import plain
from finetune.inference.generate import Generator, Prompt
from finetune.rows import Message, Pair
from tests.finetune import templates
from tests.finetune.templates import Vendor
from tests.finetune.vendor_model import make, tokenizer_of

VENDORS = {name: found for name, found in vars(templates).items() if isinstance(found, Vendor)}
ASKED = (Message("system", "Answer briefly."), Message("user", "What is due?"))
THINKERS = ["QWEN_3", "SMOLLM_3", "R1", "GPT_OSS"]


def chat(vendor: Vendor, settings: ChatSettings = ChatSettings()) -> Chat:  # noqa: B008
    tokenizer = tokenizer_of(vendor)
    return Chat(tokenizer, settings, tokenizer.convert_tokens_to_ids(list(vendor.stops)))


def names(one: Chat, ids: list[int]) -> list[str]:
    return [str(token) for token in one.tokenizer.convert_ids_to_tokens(ids)]


@pytest.mark.parametrize("name", VENDORS)
def test_a_prompt_is_the_vendors_and_a_target_ends_as_its_turns_do(name: str) -> None:
    vendor, one = VENDORS[name], chat(VENDORS[name])
    assert names(one, [one.end]) == [vendor.end]
    assert set(names(one, sorted(one.stops))) == {vendor.end, vendor.eos, *vendor.stops}
    row = one.encode(Pair("r", ASKED, "Rent."))
    assert one.tokenizer.decode(row.input_ids[-row.learnt :]).strip() == f"Rent.{vendor.end}"
    text = one.tokenizer.decode(one.prompt_ids(ASKED))
    assert one.folds_system == (not vendor.system)
    assert "Answer briefly." in text
    assert not vendor.bos or text.count(vendor.bos) == int(vendor.template is not None and "bos_token" in vendor.template)
    if vendor.template:
        folded = [{"role": "user", "content": "Answer briefly.\n\nWhat is due?"}]
        whole = [{"role": m.role, "content": m.content} for m in ASKED]
        given = one.tokenizer.apply_chat_template(
            whole if vendor.system else folded, tokenize=False, add_generation_prompt=True, **vendor.arguments,
            chat_template=vendor.template.replace("strftime_now('%d %B %Y')", "'01 January 2026'"),
        )  # fmt: skip
        assert text == given + vendor.tail


def test_a_model_without_a_template_is_asked_plainly_and_its_next_question_is_cut_off() -> None:
    one = chat(templates.NONE)
    assert one.plain
    assert one.notes == ['the model has no chat template: it is asked as "Question: … Answer:"']
    assert chat(templates.CHATML).notes == []
    assert one.render(ASKED) == "Answer briefly.\n\nQuestion: What is due?\nAnswer:"
    written = one.tokenizer(" Rent.\n\nQuestion: And then?")["input_ids"]
    assert one.read(written) == "Rent."
    assert one.ended(written[: len(" Rent.\n\nQuestion:")])
    assert not one.ended(written[:6])


@pytest.mark.parametrize("name", VENDORS)
def test_special_tokens_in_texts_are_text(name: str) -> None:
    vendor, one = VENDORS[name], chat(VENDORS[name])
    for token in [vendor.end, vendor.eos, *vendor.special, *vendor.added]:
        clean, evil = ([ASKED[0], Message("user", f"a{piece}b")] for piece in ("", token))
        extra = names(one, one.prompt_ids(evil))
        for marked in (vendor.end, token):
            assert extra.count(marked) == names(one, one.prompt_ids(clean)).count(marked)
        assert f"a{token}b" in one.tokenizer.decode(one.prompt_ids(evil))
        assert names(one, one.completion_ids(f"a{token}b")).count(vendor.end) == 1


@pytest.mark.parametrize("name", THINKERS)
def test_an_answer_reads_the_same_behind_a_thought(name: str) -> None:
    one = chat(VENDORS[name])
    assert one.thought is not None
    bare = one.tokenizer(f"Rent.{VENDORS[name].end}")["input_ids"]
    empty = one.tokenizer(f"{one.thought.opens}{one.thought.cut}Rent.{VENDORS[name].end}")["input_ids"]
    full = one.tokenizer(f"{one.thought.opens}Is it rent? Yes.{one.thought.cut}Rent.")["input_ids"]
    assert one.read(bare) == one.read(empty) == one.read(full) == "Rent."
    assert one.read(one.tokenizer(f"{one.thought.opens}Is it")["input_ids"]) == ""


@pytest.mark.parametrize("name", THINKERS)
def test_a_thinking_model_learns_behind_its_templates_empty_thought(name: str) -> None:
    thinks = chat(VENDORS[name], ChatSettings(thinking=True))
    learnt = thinks.tokenizer.decode(thinks.completion_ids("Rent."))
    expected = {"QWEN_3": "<think>\n\n</think>\n\nRent.", "SMOLLM_3": "Rent.", "R1": "\n</think>\n\nRent.",
                "GPT_OSS": "<|channel|>final<|message|>Rent."}[name]  # fmt: skip
    assert learnt == expected + VENDORS[name].end
    assert thinks.opened == (name == "R1")
    with pytest.raises(SetupError, match="knows no thought"):
        chat(templates.CHATML, ChatSettings(thinking=True))


def test_a_template_that_cannot_be_used_says_why() -> None:
    with pytest.raises(SetupError, match="leaves out what the user says"):
        chat(Vendor("{{ messages[0].content }}", "</s>", "</s>"))
    with pytest.raises(SetupError, match="cannot be used for these messages: never"):
        chat(Vendor("{{ raise_exception('never') }}", "</s>", "</s>"))


@pytest.mark.parametrize("choices", [(), ("yes", "no")])
def test_a_thought_has_tokens_of_its_own_is_counted_and_is_cut_from_the_answer(tmp_path: Path, choices: tuple[str, ...]) -> None:
    weights, settings = make(tmp_path, "qwen2", templates.R1), ChatSettings(thinking=True, thinking_tokens=12)
    asked = [Prompt(str(n), (ASKED[0], Message("user", f"{n} x" * n)), choices) for n in range(6)]
    thinking, silent = Generator(weights, chat=settings), Generator(weights)
    told = {g.id: g for batch in thinking.plan(asked) for g in thinking.run(batch, 5)}
    bare = {g.id: g for batch in silent.plan(asked) for g in silent.run(batch, 5)}
    cut, model = len(thinking.chat.cut_ids()), thinking.model
    for prompt in asked:
        ids, done = thinking.chat.prompt_ids(prompt.messages), told[prompt.id]
        stops = sorted(thinking.chat.stops)
        thought = model.generate(torch.tensor([ids]), max_new_tokens=12, do_sample=False, eos_token_id=stops)[0, len(ids) :].tolist()
        assert "</think>" not in done.text
        if thought[-1] in stops:  # the model gave up within its thought
            continue
        behind = [*ids, *thought, *thinking.chat.cut_ids()]
        if choices:
            with torch.inference_mode():
                scores = plain.score(model, behind, {one: thinking.chat.completion_ids(one, thought=True) for one in choices})
            assert done.choices == pytest.approx(scores, abs=1e-4)
            assert done.completion_tokens == 12 + cut + len(thinking.chat.completion_ids(done.text, thought=True))
            continue
        answer = model.generate(torch.tensor([behind]), max_new_tokens=5, do_sample=False, eos_token_id=stops)[0, len(behind) :].tolist()
        assert done.text == thinking.chat.tokenizer.decode(answer, skip_special_tokens=True).strip()
        assert done.completion_tokens == 12 + cut + len(answer) > bare[prompt.id].completion_tokens
    assert any(told[prompt.id].completion_tokens > 12 + cut for prompt in asked)
