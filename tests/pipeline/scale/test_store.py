"""What one person's run finished, another's takes from the store: by key, checked by hashes, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import fsspec
import orjson
import pytest

from pipeline.distributed.machines import Machines
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.files import write_bytes
from pipeline.run import execute, prepare
from pipeline.run_folder import record
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.shared import SharedStore
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.doing import Doing
from tests.pipeline.scale.kills import check, done_alone
from tests.tiny_run import write_tiny

KEY = "0" * 64


class Person:
    """Who does a stage of one file and one folder in a place of their own."""

    def __init__(self, place: Path, url: str) -> None:
        self.run = RunFolder(place / "runs/made-12345678")
        write_bytes(self.run.path / "experiment.yaml", write_tiny(place).read_bytes())
        self.url, self.worked = url, 0
        self.stage = Stage("s", ("a.txt", "b"), {}, ("pipeline/errors.py",), (), self._work)

    def _work(self, context: Context) -> None:
        self.worked += 1
        for name in ("a.txt", "b/c.txt"):
            write_bytes(context.run.path / name, name.encode())

    def complete(self) -> record.Entry:
        context = Context(self.run, load(self.run.path / "experiment.yaml"), Progress(self.run))
        Doing(context, [self.stage], shared=SharedStore(self.url)).complete(self.stage)
        assert [(self.run.path / name).read_text() for name in ("a.txt", "b/c.txt")] == ["a.txt", "b/c.txt"]
        return record.entries(self.run)["s"]


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"file://{tmp_path}/store" if request.param == "file" else f"memory://{tmp_path}"


def blob(url: str, key: str, name: str) -> tuple[fsspec.AbstractFileSystem, str]:
    files, root = fsspec.core.url_to_fs(url)
    return files, f"{root}/blobs/{key}/{name}"


def test_another_person_does_nothing_anew(url: str, tmp_path: Path) -> None:
    first, second = Person(tmp_path / "one", url), Person(tmp_path / "two", url)
    made, taken = first.complete(), second.complete()
    assert (first.worked, second.worked) == (1, 0)
    assert (taken.key, taken.files, taken.reused_from) == (made.key, made.files, url)
    second.stage = replace(second.stage, inputs={"another": True})
    second.complete()
    assert second.worked == 1


@pytest.mark.parametrize("harm", [
    lambda entry: b"{", lambda entry: b"", lambda entry: orjson.dumps({**orjson.loads(entry), "seconds": 9.0}),
    lambda entry: orjson.dumps(record.stored(replace(_entry(entry), files={"../a.txt": KEY}))),
    lambda entry: orjson.dumps(record.stored(replace(_entry(entry), files={"b/../../a.txt": KEY}))),
    lambda entry: orjson.dumps(record.stored(replace(_entry(entry), files={"experiment.yaml": KEY}))),
    lambda entry: orjson.dumps(record.stored(replace(_entry(entry), key=KEY))),
    lambda entry: orjson.dumps(record.stored(replace(_entry(entry), files={"a.txt": _entry(entry).files["a.txt"]}))),
])  # fmt: skip
def test_an_entry_that_was_changed_is_none(harm: Callable[[bytes], bytes], tmp_path: Path) -> None:
    url = f"memory://{tmp_path}"
    first, second = Person(tmp_path / "one", url), Person(tmp_path / "two", url)
    files, place = blob(url, first.complete().key, "entry.json")
    files.pipe_file(place, harm(files.cat_file(place)))
    before = (second.run.path / "experiment.yaml").read_bytes()
    second.complete()
    assert second.worked == 1
    assert (second.run.path / "experiment.yaml").read_bytes() == before
    assert not (second.run.path.parent / "a.txt").exists()


def _entry(data: bytes) -> record.Entry:
    entry = record.sound(orjson.loads(data))
    assert entry is not None
    return entry


def test_a_file_that_was_changed_or_lost_is_made_anew(tmp_path: Path) -> None:
    for number, harm in enumerate(("changed", "lost")):
        url = f"memory://{tmp_path}/{number}"
        first, second = Person(tmp_path / f"one{number}", url), Person(tmp_path / f"two{number}", url)
        files, place = blob(url, first.complete().key, "files/b/c.txt")
        if harm == "lost":
            files.rm_file(place)
        else:
            files.pipe_file(place, b"else")
        second.complete()
        assert second.worked == 1


def test_a_store_that_cannot_be_used_is_told_without_its_key() -> None:
    with pytest.raises(UserError, match=r"^nowhere://bucket: the store cannot be used"):
        SharedStore("nowhere://name:secret@bucket")


@pytest.mark.slow
def test_a_second_persons_run_trains_nothing(tmp_path: Path) -> None:
    whole, store = done_alone(tmp_path), f"file://{tmp_path}/store"
    runs = [prepare(load(whole.path / "experiment.yaml"), tmp_path / name) for name in ("one", "two")]
    for run in runs:
        execute(run, machines=Machines(jobs=2, threads=1, store=store))
        check(run, whole)
    assert not any(event["event"] == "train_step" for event in runs[1].events())
    reused = [name for name, entry in record.entries(runs[1]).items() if entry.reused_from]
    assert "train lora seed-0" in reused
    assert "predict hybrid seed-0" in reused
