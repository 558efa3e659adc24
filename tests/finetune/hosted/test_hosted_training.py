"""One training at a service that fails in every way: one job each time, and what is kept leads back to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finetune.errors import SetupError
from finetune.hosted.client import Client, ServiceError
from finetune.hosted.services import SERVICES, Order, seen, service_of
from finetune.hosted.training import HostedTraining, Wanted
from tests.tuning_server import JOBS, TOKENS, Tuning, tuning_server

WANTED = Wanted("m", {"train": b'{"messages": []}\n' * 3, "dev": b'{"messages": []}\n'}, 2, "mine")
KEY = "sk-0123456789abcdef"


class Store:
    """What a killed session leaves: the last that was kept."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] | None = None

    def keep(self, kept: dict[str, Any]) -> None:
        self.kept = json.loads(json.dumps(kept))


def training(server: Tuning, store: Store, wanted: Wanted = WANTED) -> HostedTraining:
    client = Client(service_of(server.url), server.url, KEY, 2.0, 3)
    return HostedTraining(client, wanted, store.kept, store.keep)


def finished(job: HostedTraining) -> HostedTraining:
    job.begin()
    while not job.look():
        pass
    return job


@pytest.mark.slow
def test_one_training_from_its_files_to_its_model() -> None:
    with tuning_server() as server:
        store = Store()
        job = finished(training(server, store))
    assert job.model == f"ft:m:mine-{WANTED.digest}"
    assert (job.kept["tokens"], job.kept["seconds"]) == (TOKENS, 90.0)
    assert {side: (one["rows"], one["id"]) for side, one in job.kept["files"].items()} == {"train": (3, "file-1"), "dev": (1, "file-2")}
    assert server.jobs["ftjob-1"]["validation_file"] == "file-2"
    assert server.jobs["ftjob-1"]["method"]["supervised"]["hyperparameters"] == {"n_epochs": 2}
    assert server.files["file-1"][1] == WANTED.files["train"]
    assert server.keys == {f"Bearer {KEY}"}
    assert KEY not in json.dumps(store.kept)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["lost", "busy", "broken", "garbage"])
@pytest.mark.parametrize("at", [f"POST {JOBS}", "POST /v1/files", f"GET {JOBS}", f"GET {JOBS}/ftjob-1"])
def test_whatever_goes_wrong_once_there_is_one_job(at: str, fault: str) -> None:
    with tuning_server() as server:
        server.faults = [(at, fault)]
        finished(training(server, Store()))
    assert len(server.jobs) == 1
    assert not server.faults


@pytest.mark.slow
def test_killed_before_a_step_was_kept_it_finds_what_it_did() -> None:
    with tuning_server() as server:
        store = Store()
        training(server, store).begin()
        after_upload = {**(store.kept or {}), "files": {}, "job": None}
        for left in (None, after_upload, {**(store.kept or {}), "job": None}):
            store.kept = left
            job = finished(training(server, store))
            assert job.kept["job"] == {"id": "ftjob-1", "found": True}
    assert len(server.jobs) == 1
    assert len(server.files) == 2


@pytest.mark.slow
def test_another_training_is_another_job() -> None:
    with tuning_server() as server:
        store = Store()
        finished(training(server, store))
        finished(training(server, store, Wanted("m", WANTED.files, 3, "mine")))
    assert len(server.jobs) == 2


def test_what_failed_is_told_and_started_once_more() -> None:
    with tuning_server() as server:
        store, server.fails = Store(), f"the file was refused {KEY}"
        job = training(server, store)
        with pytest.raises(SetupError, match=r"ftjob-1 failed: the file was refused \[key\]"):
            finished(job)
        server.fails = ""
        assert finished(training(server, store)).kept["job"]["id"] == "ftjob-2"


@pytest.mark.slow
def test_ended_it_is_cancelled_there_even_where_its_id_was_not_kept() -> None:
    with tuning_server(looks=99) as server:
        store = Store()
        job = training(server, store)
        job.begin()
        store.kept = {**(store.kept or {}), "job": None}
        assert training(server, store).end()
        assert server.jobs["ftjob-1"]["status"] == "cancelled"
        training(server, store).begin()
    assert len(server.jobs) == 2


def test_a_lost_answer_is_looked_for_before_another_try() -> None:
    with tuning_server() as server:
        server.faults = [(f"POST {JOBS}", "lost")]
        finished(training(server, Store()))
    assert len(server.jobs) == 1


def test_a_refused_key_is_told_without_the_key() -> None:
    with tuning_server() as server:
        server.faults = [("GET", "refused")]
        with pytest.raises(ServiceError, match=r"^HTTP 401: wrong key Bearer \[key\]$"):
            training(server, Store()).begin()


def test_services_are_asked_in_their_own_form() -> None:
    assert service_of("https://api.together.xyz/v1") is SERVICES["together"]
    assert service_of("https://together.xyz.example.org/v1") is SERVICES["openai"]
    order = Order("m", "accounts/a/datasets/t", "d", 2, "mine-1", 0)
    bodies = {name: service.body(order) for name, service in SERVICES.items()}
    assert bodies["together"]["n_epochs"] == bodies["mistral"]["hyperparameters"]["epochs"] == bodies["fireworks"]["epochs"] == 2
    assert bodies["fireworks"]["outputModel"] == "accounts/a/models/mine-1"
    told = seen(
        SERVICES["mistral"], {"id": "j", "status": "SUCCESS", "training_files": ["t"], "fine_tuned_model": "x", "trained_tokens": "7"}
    )
    assert told is not None
    assert (told.ended, told.files, told.model, told.tokens) == ("done", ("t",), "x", 7)
    assert seen(SERVICES["openai"], {"id": "../v1/files", "status": "queued"}) is None
