"""Fine-tuning at an endpoint's service: the pairs that the local arms learn from are uploaded, and the job is waited for.

Nothing is uploaded before people allowed it (`bakeoff run --upload-training-data`). What stands in `hosted/<endpoint>/<training>.json` is
kept step by step, so that a killed run goes on with the job that it started. Reads train and dev, never test.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.arms import Training, chosen, hosted, trainings
from pipeline.errors import Cancelled, UserError
from pipeline.experiment.endpoint_section import Endpoint, HostedTraining
from pipeline.experiment.load import Experiment, answering, dump
from pipeline.run_folder import consent
from pipeline.run_folder.store import RunFolder
from pipeline.stages import beginning
from pipeline.stages.base import Context, Stage, weights_of
from pipeline.stages.index import found_by
from pipeline.stages.prediction import remote
from pipeline.stages.training_pairs import CODE as PAIRS
from pipeline.stages.training_pairs import chats, pairs_of
from pipeline.stages.tuning import search, training_settings

if TYPE_CHECKING:
    from finetune.hosted.training import HostedTraining as Job
    from finetune.hosted.training import Wanted

CODE = (*PAIRS, "pipeline/stages/hosted.py", "pipeline/arms.py")
LATER = ("arms", "price_per_million", "hours", "poll_s")
"""Settings that what is trained does not depend on."""


def stage_name(endpoint: str) -> str:
    return f"fine-tune {endpoint}"


def tuning(experiment: Experiment) -> Iterator[tuple[Endpoint, HostedTraining]]:
    """The endpoints that fine-tune at their service."""
    yield from ((one, one.finetune) for one in experiment.endpoints if one.finetune)


def refuse(run: RunFolder, experiment: Experiment) -> None:
    """A UserError where training rows would be uploaded and nobody allowed it; raised before anything is spent."""
    open_ = sorted({one.training_address for one, _ in tuning(experiment)} - consent.allowed(run))
    if open_:
        names = ", ".join(f"{one.name}_{arm}" for one, settings in tuning(experiment) for arm in settings.arms)
        raise UserError(
            f"{names} need the training rows uploaded to {', '.join(open_)}, and nobody has allowed that.", where="endpoints",
            remedy="Start it with `bakeoff run --upload-training-data`, or leave endpoints[].finetune out.",
        )  # fmt: skip


def allow(run: RunFolder, experiment: Experiment) -> None:
    """People allow the training rows to be uploaded where this experiment fine-tunes."""
    if addresses := [one.training_address for one, _ in tuning(experiment)]:
        consent.allow(run, addresses)


def stages(experiment: Experiment) -> list[Stage]:
    """One for each endpoint that fine-tunes; its trainings run there beside each other."""
    return [_stage(experiment, endpoint, settings) for endpoint, settings in tuning(experiment)]


def _stage(experiment: Experiment, endpoint: Endpoint, settings: HostedTraining) -> Stage:
    asked, known = hosted(chosen(experiment), endpoint.name), dump(experiment)
    there = {training.name for training in trainings(chosen(experiment))}
    shared = [search.stage_name(one.name) for one in asked if one.name in there and training_settings.searched(experiment)]
    retrieved = any(training.retrieved for training in asked)
    return Stage(
        name=stage_name(endpoint.name),
        outputs=tuple(remote.tuned_file(endpoint.name, training.name) for training in asked),
        inputs={
            "where": endpoint.training_address, "of": endpoint.model, "revision": weights_of(experiment).revision,
            "settings": {key: value for key, value in settings.model_dump(mode="json").items() if key not in LATER},
            "finetune": [known["finetune"][key] for key in ("quote", "unanswerable_share")], "seed": _seed(experiment),
            "model": known["model"], "task": answering(experiment), "k": experiment.retrieval.k if retrieved else None,
        },
        code=CODE,
        needs=(*(found_by(experiment) if retrieved else ("data",)), *shared),
        work=partial(work, endpoint=endpoint.name),
        settles=tuple(remote.tuned_file(endpoint.name, training.name) for training in asked),
    )  # fmt: skip


def work(context: Context, endpoint: str) -> None:
    """Upload, start and wait. Ended by its people it cancels what it started; killed or failed it can be resumed."""
    from finetune.errors import SetupError
    from finetune.hosted.client import ServiceError

    named, settings = next((one, how) for one, how in tuning(context.experiment) if one.name == endpoint)
    refuse(context.run, context.experiment)
    where = f"endpoints.{endpoint}.finetune"
    jobs: dict[str, Job] = {}
    try:
        jobs |= {training.name: _job(context, named, settings, training) for training in hosted(chosen(context.experiment), endpoint)}
        _begin(context, named, settings, jobs)
        _wait(context, named, settings, jobs)
    except (KeyboardInterrupt, Cancelled):
        for name, job in jobs.items():
            _end(context, f"{endpoint}: {name}", job)
        raise
    except SetupError as error:
        raise UserError(f"{error}.", where=where, remedy="`bakeoff resume` starts it once more.") from error
    except ServiceError as error:
        remedy = "`bakeoff resume` goes on from here; a job that was started goes on at the service."
        raise UserError(f"{named.training_address}: {error}.", where=where, remedy=remedy) from error


def wanted(context: Context, endpoint: Endpoint, settings: HostedTraining, training: Training) -> Wanted:
    """The same rows and prompts that the local training of this name learns from and is watched by."""
    from finetune.hosted.training import Wanted

    seed, sides = _seed(context.experiment), {"train": context.taught(training.name), "dev": context.dev}
    files = {side: chats(pairs_of(context, training, seed, rows)) for side, rows in sides.items() if rows}
    return Wanted(endpoint.model, files, settings.epochs, settings.suffix, seed, settings.arguments)


def trained(run: RunFolder, endpoint: str, training: str) -> dict[str, Any]:
    """What is kept of a training; empty where nothing is."""
    return dict(run.read_json(remote.tuned_file(endpoint, training)) or {})


def money(tokens: float, settings: HostedTraining) -> float:
    """What so many trained tokens cost."""
    return tokens * settings.price_per_million["training"] / 1e6


def charged(run: RunFolder, experiment: Experiment, stage: str) -> float:
    """What this stage's trainings cost."""
    endpoint, how = next((one, how) for one, how in tuning(experiment) if stage_name(one.name) == stage)
    kept = [trained(run, endpoint.name, training.name) for training in hosted(chosen(experiment), endpoint.name)]
    return sum(money(one.get("tokens") or 0, how) for one in kept)


def _seed(experiment: Experiment) -> int:
    return (experiment.finetune.seeds or [0])[0]


def _job(context: Context, endpoint: Endpoint, settings: HostedTraining, training: Training) -> Job:
    from finetune.hosted.client import Client
    from finetune.hosted.services import service_of
    from finetune.hosted.training import HostedTraining as Job
    from finetune.inference.endpoint import key_of

    where, file = endpoint.training_address, remote.tuned_file(endpoint.name, training.name)
    client = Client(service_of(where, settings.service), where, key_of(where, endpoint.api_key_env), endpoint.timeout_s, endpoint.retries)

    def keep(kept: dict[str, Any]) -> None:
        context.run.write_json(file, kept)

    return Job(client, wanted(context, endpoint, settings, training), context.run.read_json(file), keep)


def _begin(context: Context, endpoint: Endpoint, settings: HostedTraining, jobs: dict[str, Job]) -> None:
    """Every job, within the endpoint's budget; the manifest says what was uploaded."""
    budget = remote.endpoint_named(context, endpoint.name).budget
    for name, job in jobs.items():
        if job.model is not None:
            continue
        tokens = job.wanted.tokens
        if not job.begun and (why := budget.refuses_training(tokens, money(tokens, settings))):
            raise UserError(
                f"{why}: fine-tuning {endpoint.name} ({name}) takes about {tokens:,} tokens, {money(tokens, settings):.2f} at its price.",
                where=f"endpoints.{endpoint.name}.budget", remedy="Raise it, or train fewer rows or epochs; nothing was started.",
            )  # fmt: skip
        budget.spend_training(tokens, money(tokens, settings))
        started = not job.begun
        job.begin()
        beginning.tell_uploads(context.run)
        if started:
            how = "was found there" if job.kept["job"]["found"] else "was started"
            context.progress.note(f"{endpoint.name}: the job {job.kept['job']['id']} ({name}) {how}")


def _wait(context: Context, endpoint: Endpoint, settings: HostedTraining, jobs: dict[str, Job]) -> None:
    told: dict[str, str] = {}
    while True:
        done = [name for name, job in jobs.items() if _looked(context, f"{endpoint.name}: {name}", job, told)]
        context.progress.step(len(done), len(jobs))
        if len(done) == len(jobs):
            return
        for name, job in jobs.items():
            if name not in done and job.waited_s > 3600 * settings.hours:
                _end(context, f"{endpoint.name}: {name}", job)
                raise UserError(
                    f"the job was not done after {settings.hours:g} hours, and was cancelled.", where=f"endpoints.{endpoint.name}.finetune",
                    remedy="Raise its `hours`; `bakeoff resume` starts it once more.",
                )  # fmt: skip
        time.sleep(settings.poll_s)


def _looked(context: Context, name: str, job: Job, told: dict[str, str]) -> bool:
    done = job.look()
    if told.get(name) != job.kept["status"]:
        told[name] = job.kept["status"]
        context.progress.note(f"{name} is done: {job.model}" if done else f"{name} is {job.kept['status']}")
    return done


def _end(context: Context, name: str, job: Job) -> None:
    from finetune.hosted.client import ServiceError

    number = (job.kept["job"] or {}).get("id")
    try:
        if job.end():
            context.progress.note(f"{name}: the job was cancelled at the service")
    except ServiceError as error:
        context.progress.note(f"{name}: the job {number} could not be cancelled ({error}); it goes on, and is paid for, at the service")
