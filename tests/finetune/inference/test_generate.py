"""Decoding: the fast ways give what the plain ones give, and the same prompts give the same batches."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from finetune.classic import ClassicClassifier, best_sentence
from finetune.errors import SetupError
from finetune.inference.generate import Generator, Prompt
from finetune.inference.likelihood import ChoiceTree
from finetune.loading import load_model
from finetune.pretrained import Weights, locate, locate_embedder
from finetune.rows import Message
from finetune.training.settings import Job, TrainSettings
from finetune.training.train import train
from tests.finetune.tiny_model import make, pairs

SYSTEM = Message("system", "be brief")
CHOICES = ("yes", "no", "yes please", "maybe", "nobody")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


def prompts(count: int, choices: tuple[str, ...] = ()) -> list[Prompt]:
    return [Prompt(f"p{i}", (SYSTEM, Message("user", "x y " * (i % 5) + str(i))), choices) for i in range(count)]


def test_batches_are_even_and_long_prompts_make_smaller_ones(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finetune.inference.generate.BATCH_ROWS", 4)
    generator = Generator(weights)
    assert [len(batch) for batch in generator.plan(prompts(9))] == [3, 3, 3]
    assert generator.plan([]) == []
    longest = max(g.prompt_tokens for batch in generator.plan(prompts(9)) for g in generator.run(batch, 1))
    planned = Generator(weights, batch_tokens=2 * longest).plan(prompts(9))
    assert sorted(prompt.id for batch in planned for prompt in batch) == sorted(prompt.id for prompt in prompts(9))
    assert len(planned[0]) == 2


def test_what_prompts_have_in_common_counts_for_each_of_them(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    passage = "a passage that both have in common, and long enough to be read once for the two of them; " * 2
    asked = [Prompt(name, (SYSTEM, Message("user", text))) for name, text in (("a", passage + "one"), ("b", passage + "two"), ("c", "x"))]
    generator, clock = Generator(weights), iter([0.0, 10.0, 16.0])
    (batch,) = generator.plan(asked)
    monkeypatch.setattr("finetune.inference.generate.time.perf_counter", lambda: next(clock))
    answers = {g.id: g for g in generator.run(batch, 2)}
    own = {name: g.prompt_tokens - len(generator._prefix[0]) for name, g in answers.items()}
    read = own["a"] + own["b"] + own["c"] - len(passage)
    assert {name: g.seconds for name, g in answers.items()} == pytest.approx({name: own[name] * 10 / read + 2 for name in own})


def test_written_answers_are_those_of_plain_greedy_decoding(weights: Weights) -> None:
    generator = Generator(weights, batch_tokens=200)
    batches = generator.plan(prompts(9))
    assert len(batches) > 1
    written = {g.id: g for batch in batches for g in generator.run(batch, 12)}
    for prompt in prompts(9):
        ids = torch.tensor([generator._ids[prompt.id]])
        plain = generator.model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False, pad_token_id=4)
        text = generator.chat.tokenizer.decode(plain[0, ids.shape[1] :], skip_special_tokens=True).strip()
        assert written[prompt.id].text == text
        assert written[prompt.id].prompt_tokens == ids.shape[1]


def test_choices_score_as_if_each_were_scored_alone(weights: Weights) -> None:
    generator = Generator(weights)
    for batch in generator.plan(prompts(5, CHOICES)):
        for prompt, done in zip(batch, generator.run(batch, 1), strict=True):
            assert done.choices is not None
            for choice in CHOICES:
                ids, tail = generator._ids[prompt.id], generator.chat.completion_ids(choice)
                with torch.inference_mode():
                    logs = torch.log_softmax(generator.model(torch.tensor([ids + tail])).logits[0], -1)
                alone = sum(float(logs[len(ids) - 1 + i, token]) for i, token in enumerate(tail)) / len(tail)
                assert done.choices[choice] == pytest.approx(alone, abs=1e-4)
            assert done.text == max(CHOICES, key=lambda c: done.choices[c])  # type: ignore[index]


def test_what_answers_share_stands_in_the_tree_once() -> None:
    tree = ChoiceTree.of({"ab": [1, 2, 9], "ac": [1, 3, 9], "b": [4, 9]})
    assert tree.tokens == [1, 2, 3, 4]
    assert tree.parents == [-1, 0, 0, -1]
    assert tree.visible()[2].tolist() == [True, False, True, False]
    assert tree.lengths == {"ab": 3, "ac": 3, "b": 2}


def test_batches_follow_from_the_prompts_alone(weights: Weights) -> None:
    generator = Generator(weights, batch_tokens=200)
    there = [[p.id for p in batch] for batch in generator.plan(prompts(9))]
    back = [[p.id for p in batch] for batch in generator.plan(prompts(9)[::-1])]
    assert there == back
    assert sorted(name for batch in there for name in batch) == sorted(p.id for p in prompts(9))


def test_a_batch_alone_gives_what_it_gave_among_others(weights: Weights) -> None:
    generator = Generator(weights, batch_tokens=200)
    batches = generator.plan(prompts(9))
    last = [g.text for g in [generator.run(batch, 8) for batch in batches][-1]]
    again = Generator(weights, batch_tokens=200)
    assert [g.text for g in again.run(again.plan(prompts(9))[-1], 8)] == last


def test_a_merged_adapter_answers_as_the_unmerged_one(weights: Weights, tmp_path: Path) -> None:
    from peft import PeftModel

    settings = TrainSettings("lora", 4, 8.0, 0.0, "all-linear", 2e-2, 3, 4, 1, 50, 0, 0, 200)
    adapter = train(Job(weights, pairs(12), [], settings, tmp_path)).adapter
    apart = PeftModel.from_pretrained(load_model(weights), str(adapter)).eval()
    ids = torch.arange(6, 40)[None]
    with torch.inference_mode():
        merged, unmerged, base = (m(ids).logits for m in (load_model(weights, adapter=adapter), apart, load_model(weights)))
    assert torch.allclose(merged, unmerged, atol=1e-4)
    assert not torch.allclose(merged, base, atol=1e-2)


def test_the_packaged_models_load_and_name_their_licence() -> None:
    model, embedder = locate("smollm2-135m-instruct"), locate_embedder("all-minilm-l6-v2")
    assert (model.source, model.licence, embedder.licence) == ("embedded", "Apache-2.0", "MIT")
    assert (model.path / "model.safetensors").exists()


def test_an_unknown_model_names_the_nearest() -> None:
    with pytest.raises(SetupError, match="Did you mean smollm2-135m-instruct"):
        locate("smollm2-135m-instrukt")


def test_the_classic_classifier_learns_what_is_separable() -> None:
    vectors = np.eye(3, dtype=np.float32).repeat(5, axis=0)
    model = ClassicClassifier().fit(vectors, ["a"] * 5 + ["b"] * 5 + ["c"] * 5)
    chances = model.predict_proba(np.eye(3, dtype=np.float32))
    assert [model.classes[i] for i in chances.argmax(1)] == ["a", "b", "c"]
    assert chances.sum(1) == pytest.approx([1, 1, 1])
    assert ClassicClassifier().fit(vectors, ["a"] * 15).predict_proba(vectors[:2]).tolist() == [[1.0], [1.0]]


def test_the_best_sentence_is_the_nearest() -> None:
    assert best_sentence(np.array([1.0, 0.0], np.float32), [np.array([0.0, 1.0], np.float32), np.array([0.8, 0.6], np.float32)]) == 1


def test_what_is_written_under_a_schema_follows_it_and_rows_do_not_disturb_each_other(weights: Weights) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 99}, "ok": {"type": "boolean"}},
              "required": ["n", "ok"], "additionalProperties": False}  # fmt: skip
    generator = Generator(weights)
    together = [g for batch in generator.plan(prompts(6)) for g in generator.run(batch, 60, schema)]
    for done in together:
        said = json.loads(done.text)
        assert set(said) == {"n", "ok"}
        assert isinstance(said["ok"], bool)
    alone = generator.plan([next(p for p in prompts(6) if p.id == together[3].id)])
    assert generator.run(alone[0], 60, schema)[0].text == together[3].text
    with pytest.raises(SetupError, match="cannot be followed"):
        generator.run(alone[0], 5, {"type": "no such type"})
