"""Which probes an experiment asks for, as stages; done after the verdict, which they describe and never change."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.arms import Arm
from pipeline.experiment.load import Experiment
from pipeline.probes import change, curve, forgetting, robustness
from pipeline.stages.base import Stage


def asking(experiment: Experiment, probe: str | None) -> Experiment:
    """The experiment with this probe among those it asks for."""
    if probe is None:
        return experiment
    return experiment.model_copy(update={"probes": experiment.probes.model_copy(update={probe: True})})


def stages(experiment: Experiment, arms: Sequence[Arm]) -> list[Stage]:
    """In the order in which they are done. Arms of an endpoint are not probed: a probe would be asked of our weights, or cost money."""
    asked, arms = experiment.probes, [arm for arm in arms if not arm.elsewhere]
    if not arms:
        return []
    return [
        *(curve.stages(experiment, arms) if asked.learning_curve else ()),
        *(forgetting.stages(experiment, arms) if asked.forgetting else ()),
        *(robustness.stages(experiment, arms) if asked.robustness else ()),
        *(change.stages(experiment, arms) if asked.change else ()),
    ]
