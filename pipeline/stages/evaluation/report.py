"""Everything stored → the report's one JSON object, and the pages rendered from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipeline.arms import table
from pipeline.experiment.load import Experiment, dump
from pipeline.files import write_bytes
from pipeline.records import Example, Prediction, read_lines
from pipeline.run_folder import pages
from pipeline.stages import beginning, systems_audit
from pipeline.stages.base import Context, Stage
from pipeline.stages.prediction.prompting import Prompter

PROBES = {"learning_curve": "curve.json", "forgetting": "forgetting.json", "robustness": "robustness.json", "change": "change.json"}
KINDS = ("html", "md", "pdf", "docx", "xlsx")


def stage(experiment: Experiment, needs: tuple[str, ...]) -> Stage:
    """The last stage: the report in all its formats, and what the pages read."""
    return Stage(
        name="report",
        outputs=("report/report.json", pages.FILE, *(f"report/report.{kind}" for kind in KINDS)),
        inputs={"experiment": dump(experiment)},
        code=("eval/report", "pipeline/stages/evaluation/report.py", "pipeline/run_folder/pages.py"),
        needs=needs,
        work=work,
        reads=(beginning.MANIFEST,),
    )


def work(context: Context) -> None:
    """Write the report in every format, all from one content."""
    from eval.report import docx, html, markdown, pdf, xlsx

    report = content_of(context)
    context.run.write_json("report/report.json", report)
    pages.write(context.run, report)
    made = {
        "html": html.render(report).encode(), "md": markdown.render(report).encode(), "pdf": pdf.render(report),
        "docx": docx.render(report), "xlsx": xlsx.render(report),
    }  # fmt: skip
    for kind, data in made.items():
        write_bytes(context.run.path / f"report/report.{kind}", data)


def content_of(context: Context) -> dict[str, Any]:
    """What a finished run's report says, whatever its format."""
    from eval.report import content

    run = context.run
    manifest: dict[str, Any] = run.read_json(beginning.MANIFEST) or {}
    stored = content.StoredRun(
        decision=run.read_json("decision.json") or {},
        summary=run.read_json("summary.json") or {},
        experiment=dump(context.asked),
        manifest=manifest,
        audit={"findings": systems_audit.findings(run)},
        rows=report_rows(context),
        calibration=run.read_json("calibration.json"),
        curves={
            f"{path.parent.parent.name} seed {path.parent.name.removeprefix('seed-')}": list(read_lines(path))
            for path in sorted(run.path.glob("adapters/*/seed-*/log.jsonl"))
        },
        run={"id": run.id, "started": manifest.get("started")},
        probes={name: found for name, file in PROBES.items() if (found := run.read_json(file))},
    )
    return content.build(stored)


def report_rows(context: Context) -> list[dict[str, Any]]:
    """For each test row: what was asked, what counts as right, what every arm said and was given (first seed)."""
    from pipeline.stages.evaluation.verdict import scores_of

    prompter = Prompter(context)
    frame = scores_of(context.run, context.experiment)
    first = frame[frame["seed"] == frame.groupby("arm")["seed"].transform("min")]
    values: dict[tuple[str, str], dict[str, float | None]] = {}
    for row, arm, metric, value in zip(first["row"], first["arm"], first["metric"], first["value"], strict=True):
        values.setdefault((row, arm), {})[metric] = None if value != value else float(value)  # noqa: PLR0124  (NaN: not measured)
    said: dict[str, dict[str, Prediction]] = {}
    for arm, seed in reversed(context.run.predicted()):
        for prediction in context.run.predictions(arm, seed):
            said.setdefault(prediction.row, {})[arm] = prediction
    names = list(table(context.experiment))
    return [_row(prompter, row, said.get(row.id, {}), values, names) for row in context.test]


def _row(
    prompter: Prompter,
    row: Example,
    said: dict[str, Prediction],
    values: dict[tuple[str, str], dict[str, float | None]],
    names: list[str],
) -> dict[str, Any]:
    arms = {}
    for arm in [name for name in names if name in said]:
        prediction, measured = said[arm], values.get((row.id, arm), {})
        arms[arm] = {
            "text": prediction.text, "answer": prediction.answer, "metrics": measured, "failure": prediction.failure,
            "outcome": next((o for o in ("correct", "abstained", "fabricated") if measured.get(o) == 1.0), None),
            "passages": [
                {"document": hit.document, "score": hit.score, "gold": hit.gold, "text": hit.text or prompter.text(hit.passage).text}
                for hit in prediction.passages
            ],
        }  # fmt: skip
    gold = list(row.gold_passages)
    talk = {"turns": [asdict(turn) for turn in row.turns]} if row.history or row.steps else {}
    return {"row": row.id, "group": row.unit, "input": row.input, **talk, "references": list(row.references), "gold": gold,
            "origin": row.origin, "arms": arms}  # fmt: skip
