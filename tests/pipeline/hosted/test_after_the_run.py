"""What is done with a finished run whose candidates a service fine-tuned: asked, shown, bundled, exported, or refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pipeline.experiment.load import load
from pipeline.planning.preview import prompts_of_one_row
from pipeline.run_folder.store import RunFolder, find
from tests.pipeline.hosted.test_hosted_arms import KEY, write
from tests.tiny_run import Bakeoff
from tests.tuning_server import ANSWER, BASE, TOKENS, Tuning, tuning_server

pytestmark = pytest.mark.slow
TUNED = ("big_lora", "big_lora_rag", "big_hybrid")


@dataclass(frozen=True)
class Done:
    run: RunFolder
    experiment: Path
    server: Tuning


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNING_KEY", KEY)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, bakeoff: Bakeoff) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("hosted")
    with tuning_server() as server:
        experiment = write(folder, server)
        command = ("run", experiment, "--upload-training-data", "--out", folder / "runs")
        ended = bakeoff(*command, env={"TUNING_KEY": KEY})
        assert ended.code in (0, 3), ended.err
        assert "big: lora is done: ft:m:bakeoff-" in ended.err, "as the service calls it; :m: is no emoji"
        yield Done(find(folder / "runs", "tiny"), experiment, server)


def test_the_estimate_tells_tokens_prices_and_what_is_uploaded_and_sends_nothing(done: Done, bakeoff: Bakeoff) -> None:
    before = dict(done.server.asked)
    told = bakeoff("estimate", done.experiment, "--json").json()
    assert done.server.asked == before
    notes = [note for note in told["notes"] if note.startswith("fine-tuning big")]
    assert [note.partition(" uploads ")[0] for note in notes] == ["fine-tuning big (lora)", "fine-tuning big (hybrid)"]
    assert all(f"uploads 8 training and 3 dev rows to {done.server.url}" in note for note in notes)
    assert all("--upload-training-data" in note for note in notes)
    assert told["money"] > 2 * 8 * 20 * 25 / 1e6, "two trainings of eight rows and two epochs, at 25 a million"
    assert not any("big" in stage for stage in told["stages"]), "nothing of the service's time is estimated"


def test_each_is_asked_by_the_model_that_was_tuned_for_it(done: Done, bakeoff: Bakeoff) -> None:
    told = bakeoff("ask", done.run.id, "How long is the leave?", "--json", "--out", done.run.path.parent)
    said = {one["arm"]: one for one in map(json.loads, told.out.splitlines())}
    assert {arm: said[arm]["text"] for arm in ("big_base", *TUNED)} == {"big_base": BASE, **dict.fromkeys(TUNED, ANSWER)}
    assert {arm for arm in said if said[arm]["passages"]} >= {"big_lora_rag", "big_hybrid"}
    assert not said["big_lora"]["passages"]
    assert not any(one["failure"] for one in said.values())


def test_without_the_key_an_answer_fails_in_one_sentence(done: Done, bakeoff: Bakeoff) -> None:
    told = bakeoff("ask", done.run.id, "How long?", "--arm", "big_lora", "--out", done.run.path.parent, env={"TUNING_KEY": ""})
    assert told.code == 0
    assert "TUNING_KEY" in told.out
    assert "Traceback" not in told.out + told.err


@pytest.mark.parametrize("arm", ["big_lora", "big_hybrid"])
def test_a_bundle_serves_the_tuned_model(done: Done, bakeoff: Bakeoff, tmp_path: Path, arm: str) -> None:
    from pipeline.records import Example
    from pipeline.serving.engine import Engine

    made = bakeoff("bundle", done.run.id, "--arm", arm, "-o", tmp_path / "bundle", "--out", done.run.path.parent)
    assert made.code == 0, made.err
    assert not any(KEY.encode() in path.read_bytes() for path in (tmp_path / "bundle").rglob("*") if path.is_file())
    engine = Engine(tmp_path / "bundle")
    try:
        assert engine.check() == []
        said = engine.ask(Example("asked", "How long is the leave?", ())).result(60)
    finally:
        engine.close()
    assert (said.text, bool(said.passages)) == (ANSWER, arm != "big_lora")


def test_weights_that_are_at_the_service_are_not_exported_but_the_pairs_are(done: Done, bakeoff: Bakeoff, tmp_path: Path) -> None:
    runs = done.run.path.parent
    told = bakeoff("export", done.run.id, tmp_path / "weights", "--arm", "big_hybrid", "--out", runs)
    assert (told.code, told.out) == (2, "")
    assert "big_hybrid was fine-tuned at the service of the endpoint big, and its weights are there" in told.err
    assert "bakeoff bundle" in told.err
    none = bakeoff("export", done.run.id, tmp_path / "weights", "--out", runs)
    assert (none.code, "none was trained on this machine" in none.err) == (2, True)
    assert not (tmp_path / "weights").exists()
    written = bakeoff("export-training", done.run.id, tmp_path / "pairs", "--arm", "big_hybrid", "--out", runs)
    assert written.code == 0, written.err
    pairs = (tmp_path / "pairs/train.jsonl").read_bytes()
    assert pairs in [data for _, data in done.server.files.values()], "the very file that was uploaded"
    assert len(pairs.splitlines()) == 8
    assert "base model of the comparison (`m`)" in (tmp_path / "pairs/README.md").read_text()


def test_the_page_of_candidates_knows_that_they_are_trained_and_what_that_cost(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEOFF_RUNS", str(done.run.path.parent))
    page = AppTest.from_function(_candidates, default_timeout=60)
    page.query_params["run"] = done.run.id
    page.run()
    assert not page.exception
    told = _texts(page)
    assert "big: Fine-tuned + RAG" in told
    page.radio(key="group").set_value("Cost").run()
    assert not page.exception
    told = _texts(page).replace("\\", "")
    assert "big: Hybrid not measured" in told
    assert "1 min 30 s" in told
    price = f"{TOKENS * 25 / 1e6:.2f} EUR"
    assert f"cost, once: big: Fine-tuned {price}, big: Fine-tuned + RAG {price}, big: Hybrid {price}." in told


def _texts(page: AppTest) -> str:
    from bs4 import BeautifulSoup

    drawn = [BeautifulSoup(one.proto.body, "html.parser").get_text(" ") for one in page.get("html")]
    return " ".join(" ".join([*drawn, *(one.value for one in page.markdown)]).split())


def _candidates() -> None:
    from pipeline.ui.result import candidates

    candidates.page()


def test_the_page_new_tells_what_would_be_uploaded_and_asks_for_the_prompts(done: Done) -> None:
    page = AppTest.from_function(_ready, args=(str(done.experiment),), default_timeout=120).run()
    assert not page.exception
    told = _texts(page).replace("\\", "")
    assert "the 8 training and 3 dev rows" in told
    assert "are uploaded to" in told
    assert str(done.server.server_address[1]) in told, "where to"
    assert "This needs a tick at “Upload the training rows there and fine-tune it”" in told
    assert {f"big: {one}" for one in ("Base model", "Fine-tuned", "Fine-tuned + RAG", "Hybrid")} <= set(
        prompts_of_one_row(load(done.experiment))
    )


def _ready(experiment: str) -> None:
    from pathlib import Path

    from pipeline.ui.comparison import ready

    ready.page(Path(experiment).parent, {"data": {}, "decision": {}}, lambda folder, settings: Path(experiment))
