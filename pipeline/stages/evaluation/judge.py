"""Answers → a judge's values, one or a reason for each. Verdicts are stored as they come; keys come from the environment alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, dump
from pipeline.files import write_bytes
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.evaluation.answer_rows import answer_rows

if TYPE_CHECKING:
    from eval.judge.panel import Tools

if TYPE_CHECKING:
    from finetune.inference.generate import Generator

OUTPUT, COST, LEANING = "judged.jsonl", "judge.json", "preference.json"


def stage(experiment: Experiment, predicted: tuple[str, ...]) -> Stage:
    """The stage that asks the judge about the answers of the stages `predicted`."""
    return Stage(
        name="judge",
        outputs=(OUTPUT, COST, *((LEANING,) if _compares(experiment) else ())),
        inputs={
            "judge": {key: value for key, value in dump(experiment)["judge"].items() if key != "min_kappa"},
            "engine": experiment.model.engine,
        },
        code=("eval/judge", "pipeline/stages/evaluation/judge.py", "pipeline/stages/evaluation/answer_rows.py"),
        needs=predicted,
        work=work,
    )


def work(context: Context) -> None:
    """Values that endpoint, network or budget left missing are asked for again when the run is resumed."""
    from eval.errors import SetupError
    from eval.judge.panel import judge
    from eval.judge.settings import JudgeSettings

    tools = tools_of(context)
    try:
        settings = JudgeSettings(**dump(context.experiment)["judge"])
        judged = judge(
            answer_rows(context, context.run.predicted()), settings, context.run.path / "judge.sqlite",
            on_done=context.progress.step, tools=tools,
        )  # fmt: skip
    except SetupError as error:
        raise UserError(str(error), where="judge") from error
    write_bytes(context.run.path / OUTPUT, b"".join(orjson.dumps(asdict(value)) + b"\n" for value in judged.values))
    if judged.leaning:
        context.run.write_json(LEANING, asdict(judged.leaning))
    context.run.write_json(COST, {"session": asdict(judged.session), "total": asdict(judged.total), "unfinished": judged.unfinished})
    if judged.unfinished:
        context.incomplete.add("judge")
        context.progress.note(f"{judged.unfinished} of {len(judged.values)} judgements are missing; resuming the run asks for them again")


def tools_of(context: Context) -> Tools:
    """The judge's own model, where it runs here, and the embedder, each loaded when it is first asked."""
    from eval.judge.panel import Tools

    return Tools(_in_process(context), lambda texts: context.embedder.encode(texts, "passage"))


def notes(run: RunFolder, experiment: Experiment) -> list[str]:
    """What a judge that compares two answers prefers beside the better one."""
    found = run.read_json(LEANING) if _compares(experiment) else None
    return [f"Judge, preference: {found['sentence']}"] if found else []


def _compares(experiment: Experiment) -> bool:
    return experiment.judge is not None and "preference" in experiment.judge.metrics


def _in_process(context: Context) -> Callable[[str, dict[str, Any]], str] | None:
    """A prompt and a JSON schema → what the judge's own model writes under it; loaded when it is first asked."""
    settings = context.experiment.judge
    if settings is None or settings.provider != "in_process":
        return None
    from finetune.errors import SetupError as ModelError
    from finetune.inference.generate import Generator
    from finetune.pretrained import locate

    context.free_models()
    try:
        model = context.experiment.model
        generator = Generator(locate(settings.model), device=model.device, engine=model.engine)
    except ModelError as error:
        raise UserError(str(error), where="judge.model") from error
    for note in generator.engine.notes:
        context.progress.note(f"judge: {note}")
    return writing(generator, "You judge answers. Reply in JSON.", settings.max_tokens)


def writing(generator: Generator, system: str, limit: int) -> Callable[[str, dict[str, Any]], str]:
    """A prompt and a JSON schema → what the model writes under it, in at most `limit` tokens."""
    from finetune.inference.generate import Prompt
    from finetune.rows import Message

    def generate(prompt: str, schema: dict[str, Any]) -> str:
        messages = (Message("system", system), Message("user", prompt))
        (batch,) = generator.plan([Prompt("asked", messages)])
        return generator.run(batch, limit, schema)[0].text

    return generate
