"""Bakeoff from Python, as in a notebook: an experiment in, a finished comparison out. It does what `bakeoff run` does, in this process."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.experiment.load import Experiment, dump, load, parse
from pipeline.run_folder.store import RunFolder, find

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.run_folder.progress import Listener

__all__ = ["Comparison", "Experiment", "compare", "finished"]


@dataclass(frozen=True)
class Comparison:
    """A finished run. In a notebook it shows the verdict's first screen."""

    run: RunFolder

    @property
    def decision(self) -> dict[str, Any]:
        """decision.json: `verdict`, `arm`, `sentence`, `comparisons`, `costs` and more (docs/files.md)."""
        return dict(self.run.read_json("decision.json") or {})

    @property
    def summary(self) -> dict[str, Any]:
        """summary.json: what every arm reached in every metric, with intervals."""
        return dict(self.run.read_json("summary.json") or {})

    @property
    def scores(self) -> pd.DataFrame:
        """One line a score: `row`, `group`, `arm`, `seed`, `metric`, `value` (NaN where there is none) and the `reason` why."""
        from eval import scores

        return scores.read(self.run.path / "scores.parquet")

    @property
    def answers(self) -> pd.DataFrame:
        """One line an answer: `row`, `arm`, `seed`, `text`, `failure` and what else is kept of it."""
        import pandas as pd

        return pd.DataFrame([vars(said) for arm, seed in self.run.predicted() for said in self.run.predictions(arm, seed)])

    @property
    def report(self) -> Path:
        """The report as a page of HTML; the other formats lie beside it."""
        return self.run.path / "report/report.html"

    def _repr_html_(self) -> str:
        """Heading, badges, sentence, main caveat and the short table of candidates."""
        from eval.report import ranked
        from eval.report.content import brought_up

        report = brought_up(self.run.read_json("report/report.json") or {"schema": 0})
        decision, shown = report["decision"], html.escape
        heading = (decision.get("approach") or {}).get("heading") or decision["sentence"]
        head = "".join(f"<th>{shown(cell)}</th>" for cell in ranked.short_head(report))
        body = "".join(f"<tr>{''.join(f'<td>{shown(cell)}</td>' for cell in row)}</tr>" for row in ranked.short(report))
        lines = [decision["sentence"], report["main_caveat"]]
        told = "".join(f"<p>{shown(line)}</p>" for line in lines if line)
        badges = shown(" · ".join(ranked.badges(report)))
        return f"<h3>{shown(heading)}</h3><p><b>{badges}</b></p>{told}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def compare(
    experiment: Experiment | Mapping[str, Any] | str | Path, runs: str | Path = "runs", overrides: Sequence[str] = (),
    listener: Listener | None = None, upload_training_data: bool = False,
) -> Comparison:  # fmt: skip
    """Runs a comparison to its verdict; what is known already is not done again. A UserError as `bakeoff run` would give it.

    `experiment`: an experiment file, its content as a mapping (paths are then taken from the current folder), or an `Experiment`.
    `overrides`: for a file, as `--set` takes them (`finetune.epochs=1`). `listener`: told what happens, as the command line is.
    `upload_training_data`: allows training rows to be uploaded where `endpoints[].finetune` says.
    """
    from pipeline.run import execute, prepare
    from pipeline.stages import hosted

    if isinstance(experiment, str | Path):
        wanted = load(Path(experiment), list(overrides))
    else:
        wanted = parse(dump(experiment) if isinstance(experiment, Experiment) else dict(experiment), Path.cwd())
    run = prepare(wanted, Path(runs))
    if upload_training_data:
        hosted.allow(run, wanted)
    execute(run, listener)
    return Comparison(run)


def finished(name: str, runs: str | Path = "runs") -> Comparison:
    """A run that is there already, by its name or the beginning of it."""
    return Comparison(find(Path(runs), name))
