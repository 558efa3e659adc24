"""Caveats of one run, by its settings and files (those of any verdict: eval.explain.caveats). It decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.numerals import listed
from pipeline.arms import ARMS, built, chosen, table
from pipeline.experiment.load import Experiment
from pipeline.records import read_examples, read_predictions
from pipeline.run_folder import keys, record
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import capped
from pipeline.stages.data import SIZES
from pipeline.stages.evaluation import calibrate, long_references
from pipeline.stages.limit import told as limit
from pipeline.stages.tuning import training_settings
from pipeline.stages.tuning.training_settings import DECLINES

if TYPE_CHECKING:
    import pandas as pd

    from eval.verdict.record import Decision

BITS = {"nf4": "4 bits", "int8": "8 bits"}
CUT = 0.05
"""Share of an arm's answers that may end at the limit instead of at a stop."""


def of_run(
    run: RunFolder, experiment: Experiment, decision: Decision, frame: pd.DataFrame, agreement: dict[str, dict[str, Any]]
) -> tuple[str, ...]:
    """The run's own caveats, most important first; `frame` holds its scores, `agreement` the metrics' agreement with people."""
    return (
        *_declining(run, experiment, frame),
        *long_references.told(*long_references.rows(run, experiment), agreement, calibrate.min_kappa(experiment)),
        *_drafted(run),
        *_outside(experiment, decision),
        *_set_aside(run, experiment),
        *limit.caveats(run, experiment),
        *_room(frame),
        *cut_off(run, experiment),
        *_inexact(experiment),
        *_of_the_judge(experiment, decision, agreement),
        *_timed_on(run, experiment),
    )


def _timed_on(run: RunFolder, experiment: Experiment) -> list[str]:
    """Where arms' seconds are not those of one machine that did nothing else."""
    own, entries = (
        {arm.name for arm in chosen(experiment) if arm.language_model and not arm.endpoint and not arm.system},
        record.entries(run),
    )
    timed = [entries[name].machine for arm, seed in run.predicted() if arm in own and (name := f"predict {arm} seed-{seed}") in entries]
    machines = [dict(one) for one in timed if one is not None]
    kinds = {keys.of_value({**one, "beside": 1}): one for one in machines}
    if len(kinds) > 1:
        names = sorted({f"{one['gpu'] or one['processor']}, {one['threads']} threads" for one in kinds.values()})
        return [f"Arms were timed on unequal machines ({'; '.join(names)}): compare their seconds, and costs by machine time, with care."]
    if (most := max((one["beside"] for one in machines), default=1)) > 1:
        return [f"Arms were timed while up to {most} jobs were at work at once: alone, they may answer faster."]
    return []


def left_out(experiment: Experiment) -> list[str]:
    """Arms that could have run and were not asked for."""
    asked = {arm.name for arm in chosen(experiment)}
    missing = [arm.label for arm in ARMS.values() if arm.name not in asked and not arm.diagnostic]
    return [f"Arms that were not asked for: {', '.join(missing)}."] if missing else []


def _drafted(run: RunFolder) -> list[str]:
    """What the audit found of questions that a model drafted, where it does not forbid a verdict."""
    found = (run.read_json("audit.json") or {}).get("findings", ())
    told = [one for one in found if one["code"] in ("drafted_by_what_is_compared", "drafts_in_training")]
    return [f"{one['message'][0].upper()}{one['message'][1:]}. {one['remedy']}" for one in told]


def _outside(experiment: Experiment, decision: Decision) -> list[str]:
    """Systems that lead: what they stand on is not ours to tell."""
    names = [system.name for system in experiment.systems if system.name in decision.leaders]
    ours = f" from this base model ({Path(experiment.model.name).name})" if built(experiment) else " by this comparison"
    was, it = ("was", "it was") if len(names) == 1 else ("were", "they were")
    return [f"{listed(names)} {was} not built{ours}; what {it} built on is not known to us."] if names else []


def _set_aside(run: RunFolder, experiment: Experiment) -> list[str]:
    """Which share of the rows a cap left, where it left less than all: another share may lead to another verdict."""
    sizes = run.read_json(SIZES) or {}
    cut = {side: sizes[side] for side in ("train", "test") if side in sizes and sizes[side]["used"] < sizes[side]["there"]}
    told = []
    if (train := cut.get("train")) and any(arm.adapter or arm.hosted for arm in chosen(experiment)):
        told.append(f"fine-tuning was measured on {_share(train)} training rows")
    if test := cut.get("test"):
        told.append(f"{_share(test)} test rows were asked")
    lifted = ", ".join(f"data.split.{side}={size['there']}" for side, size in cut.items())
    remedy = f"`bakeoff estimate EXPERIMENT --set {lifted.replace(', ', ' --set ')}` says what all of them would take"
    return [f"By the preset {experiment.preset} {' and '.join(told)}; {remedy}."] if told else []


def _share(size: dict[str, int]) -> str:
    percent = 100 * size["used"] / size["there"]
    return f"{size['used']:,} of {size['there']:,} ({percent:.0f} %)"


def _declining(run: RunFolder, experiment: Experiment, frame: pd.DataFrame) -> list[str]:
    """Arms that decline nearly every question that has an answer, and what to do."""
    from pipeline.data.audit.declining import nearly_all

    answerable = [row.id for row in read_examples(run.path / "data/test.jsonl") if row.references]
    said = frame[(frame["metric"] == "abstained") & frame["row"].isin(answerable)].groupby("arm")["value"].mean().dropna()
    known, told = table(experiment), []
    for arm, declined in said.items():
        if declined >= DECLINES and (one := known.get(str(arm))) is not None:
            training = one.adapter or one.hosted
            taught = _taught(run, experiment, training) if training else None
            found = nearly_all(one.label, float(declined), taught, experiment.finetune.unanswerable_share)
            told.append(f"{found.message}." if one.system else f"{found.message}. {found.remedy}")
    return told


def _taught(run: RunFolder, experiment: Experiment, training: str) -> tuple[int, int]:
    """Of the rows that this training learnt from those without an answer, and all of them."""
    train = read_examples(run.path / "data/train.jsonl")
    rows = capped(train, training_settings.share(run, experiment, training), experiment.data.split.seed)
    return sum(not row.references for row in rows), len(rows)


def cut_off(run: RunFolder, experiment: Experiment) -> list[str]:
    """Arms that were cut off in the middle of more answers than may be, and what to do."""
    told = []
    for arm in chosen(experiment):
        said = [one for path in sorted(run.path.glob(f"predictions/{arm.name}/seed-*.jsonl")) if path.stem.count(".") == 0
                for one in read_predictions(path) if not one.failure]  # fmt: skip
        cut = sum(one.cut for one in said)
        if cut > CUT * len(said):
            told.append(
                f"{arm.label} was cut off at its limit of tokens in {cut} of {len(said)} answers, which would have gone on. "
                "Raise task.max_new_tokens, or ask for shorter answers (task.instructions)."
            )
    return told


def _room(frame: pd.DataFrame) -> list[str]:
    """Whether the base model leaves anything to win; nothing where it did not run."""
    from pipeline.data.audit.headroom import headroom

    base = frame[(frame["arm"] == "base") & (frame["metric"] == "correct") & ~frame["reason"].str.startswith("not applicable")]
    found = headroom([None if value != value else float(value) for value in base["value"]]) if len(base) else None  # noqa: PLR0124
    return [f"{found.message}. {found.remedy}"] if found else []


def _inexact(experiment: Experiment) -> list[str]:
    """Settings that buy speed with another result, in all arms alike; nothing where no arm had to do with them."""
    layers, dtype, arms = experiment.finetune.layers, experiment.model.dtype, chosen(experiment)
    told = []
    if layers and any(arm.adapter for arm in arms):
        told.append(f"Adapters were trained in the last {layers} layers only (finetune.layers): faster, and they may learn less.")
    local = any(arm.local for arm in arms)
    if dtype not in ("auto", "float32") and local:
        told.append(f"The local model computed in {dtype} (model.dtype), in all its arms; in float32 answers may differ.")
    if experiment.model.quantization != "none" and local:
        told.append(
            f"The local model's weights were rounded to {BITS[experiment.model.quantization]} (model.quantization), in all its arms; "
            "at full precision answers may differ, and another arm may be ahead."
        )
    return told


def _of_the_judge(experiment: Experiment, decision: Decision, agreement: dict[str, dict[str, Any]]) -> list[str]:
    from eval.judge.people import gate
    from eval.judge.people.correction import shared_base

    warning = shared_base(experiment.judge.model, experiment.model.name) if experiment.judge else ""
    told = gate.caveats(decision.metric, agreement.get(decision.metric), decision.leaders) if not decision.blocks else []
    return [*told, *([warning] if warning else [])]
