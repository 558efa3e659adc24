"""Does the stages of a plan, each once: reuses what is known to be sound, does anew what is damaged. Knows no stage by name."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from pipeline.errors import Cancelled, Damaged, UserError
from pipeline.files import disk_is_full
from pipeline.run_folder import keys, machine, record
from pipeline.run_folder.record import Entry
from pipeline.run_folder.shared import SharedStore
from pipeline.run_folder.store import RunFolder, all_runs
from pipeline.stages.base import Context, Stage, code_key, key_of
from pipeline.stages.limit.cut import Cut, cut_of


class Doing:
    """One session's work at a plan."""

    def __init__(
        self, context: Context, plan: Sequence[Stage], given: Mapping[str, str] | None = None, shared: SharedStore | None = None
    ) -> None:
        """`given`: the keys of stages that another process answers for; their results are here. `shared`: where finished stages are too."""
        self._context, self._run, self._shared = context, context.run, shared
        self._stages = {stage.name: stage for stage in plan}
        self.keys: dict[str, str] = dict(given or {})
        """Of the stages that were looked at so far."""
        self._given = frozenset(self.keys)
        self._seen: dict[str, tuple[int, int, int]] = {}
        """Files whose hash was right, by what the file system says of them."""

    def complete(self, stage: Stage) -> None:
        """Reuse the stage's result where it is known, here or in a run beside this one; else do it. The stages it needs come first."""
        if (begun := self.begun(stage)) is not None:
            self.work(stage, begun)
            self._settle(stage)

    def begun(self, stage: Stage) -> Entry | None:
        """None where the stage's result is known and here now; else what there is of it. The stages it needs come first."""
        entry = self._begun(stage)
        if entry is None:
            self._settle(stage)
        return entry

    def _settle(self, stage: Stage) -> None:
        """Its key to the stages that need it: what it measured is part of it."""
        if stage.settles:
            self.keys[stage.name] = keys.of_value([self.keys[stage.name], record.seal(self._run, stage.settles)])

    def _begun(self, stage: Stage) -> Entry | None:
        key = self.keys[stage.name] = key_of(stage, self.keys, self._run)
        entry = record.entries(self._run).get(stage.name)
        if entry is not None and entry.key == key:
            if self._is_sound(stage, entry) and entry.finished:
                self._context.progress.stage_done(stage.name, 0.0, reused_from=self._run.id)
                return None
            entry = record.entries(self._run).get(stage.name)
        else:
            self._run.remove(list(stage.outputs))
            if self._taken_over(stage, key):
                return None
            entry = None
        return entry or Entry(key, code_key(stage))

    def adopted(self, worker: RunFolder, stage: Stage) -> bool:
        """Whether a worker's folder holds the stage's result, whole and sound; it is here now."""
        there = record.entries(worker).get(stage.name)
        if there is None or there.key != self.keys[stage.name] or not there.files or not self._brought(worker, stage, there):
            return False
        if not there.finished or self._context.incomplete.intersection(stage.needs):
            self._context.incomplete.add(stage.name)
        record.write(self._run, stage.name, replace(there, finished=stage.name not in self._context.incomplete))
        self._share(stage)
        self._context.progress.stage_done(stage.name, there.seconds)
        return True

    def _share(self, stage: Stage) -> None:
        entry = record.entries(self._run)[stage.name]
        if self._shared is not None and entry.finished:
            self._shared.keep(self._run, entry)

    def _is_sound(self, stage: Stage, entry: Entry) -> bool:
        """Whether its files are as the stage left them; where not, they are named and removed, and it begins anew."""
        bad = [*self._damage(entry), *_missing(self._run, stage)] if entry.finished else self._damage(entry)
        for one in bad:
            self._context.progress.note(f"{one}: {stage.name} is done anew.", damaged=one.file)
        if bad:
            self._run.remove(list(stage.outputs))
            record.write(self._run, stage.name, replace(entry, finished=False, whole=False, files={}))
        return not bad

    def _damage(self, entry: Entry) -> list[record.Damage]:
        def unknown(name: str) -> bool:
            with contextlib.suppress(OSError):
                stat = (self._run.path / name).stat()
                return self._seen.get(name) != (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            return True

        found = record.damage(self._run, {name: known for name, known in entry.files.items() if unknown(name)})
        for name in entry.files.keys() - {one.file for one in found}:
            stat = (self._run.path / name).stat()
            self._seen[name] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        return found

    def _taken_over(self, stage: Stage, key: str) -> bool:
        """Whether a run beside this one had the result, whole and sound; it is here now."""
        began = time.monotonic()
        for other in all_runs(self._run.path.parent):
            there = record.entries(other).get(stage.name) if other.path != self._run.path else None
            if there is None or there.key != key or not there.finished or not there.files:
                continue
            if self._brought(other, stage, there):
                record.write(self._run, stage.name, replace(there, reused_from=other.id))
                self._context.progress.stage_done(stage.name, time.monotonic() - began, reused_from=other.id)
                return True
        return self._from_store(stage, key)

    def _from_store(self, stage: Stage, key: str) -> bool:
        if self._shared is None:
            return False
        began, entry = time.monotonic(), self._shared.bring(self._run, key, stage.outputs)
        record.seal(self._run, stage.outputs)
        if entry is None or self._damage(entry) or _missing(self._run, stage):
            self._run.remove(list(stage.outputs))
            return False
        record.write(self._run, stage.name, replace(entry, reused_from=self._shared.name))
        self._context.progress.stage_done(stage.name, time.monotonic() - began, reused_from=self._shared.name)
        return True

    def _brought(self, other: RunFolder, stage: Stage, entry: Entry) -> bool:
        try:
            self._run.take_over(other, list(stage.outputs))
            record.seal(self._run, stage.outputs)
            bad = self._damage(entry)
        except FileNotFoundError:  # the other run is doing it anew, or is being removed
            bad = [record.Damage(stage.name, "went away")]
        if bad:
            self._run.remove(list(stage.outputs))
        return not bad

    def work(self, stage: Stage, entry: Entry) -> None:
        """Do the stage, or what earlier sessions left of it. What they left and cannot be used is removed, and it begins anew."""
        self.check_needs(stage)
        begun = bool(entry.seconds or not entry.whole)
        try:
            self._session(stage, entry)
        except (Cancelled, UserError) as error:
            if not (begun and isinstance(error, Damaged)):
                raise
            self._anew(stage, entry, error)
        except Exception as error:
            if not begun or disk_is_full(error) or isinstance(error, PermissionError):
                raise
            self._anew(stage, entry, error)

    def _anew(self, stage: Stage, entry: Entry, error: Exception) -> None:
        said = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        self._context.progress.note(f"What an earlier session left of {stage.name} cannot be used ({said}); it is done anew.")
        self._run.remove(list(stage.outputs))
        self._session(stage, replace(entry, whole=False))

    def check_needs(self, stage: Stage, without: Collection[str] = ()) -> None:
        """A file that was damaged since its stage was done or looked at is found before it is read."""
        for name in [one for one in stage.needs if one not in without]:
            need, entry = self._stages[name], record.entries(self._run).get(name)
            if entry is None or not self._is_sound(need, entry):
                if name in self._given:
                    raise Damaged(f"what {name} wrote did not come here whole.", where=str(self._run.path))
                if need.settles:
                    raise UserError(
                        f"what {name} stored was damaged while the run went on.", where=self._run.id,
                        remedy=f"`bakeoff resume {self._run.id}` does it anew, and what follows from it.",
                    )  # fmt: skip
                self.work(need, record.entries(self._run).get(name) or Entry(self.keys[name], code_key(need)))

    def _session(self, stage: Stage, begun: Entry) -> None:
        """Its seconds are kept however the session ends, unless it is killed."""
        run, context, began = self._run, self._context, time.monotonic()
        record.write(run, stage.name, replace(begun, whole=False, files={}))
        context.progress.stage(stage.name)
        context.bind(cut_of(run) if any(self._stages[name].settles for name in stage.needs) else Cut())
        try:
            stage.work(context)
        except BaseException:
            with contextlib.suppress(OSError):  # of a full disk the work itself tells
                self._end(stage, begun, began, finished=False)
            raise
        if context.incomplete.intersection(stage.needs):
            context.incomplete.add(stage.name)
        self._end(stage, begun, began, finished=stage.name not in context.incomplete)
        self._share(stage)
        context.progress.stage_done(stage.name, time.monotonic() - began)

    def _end(self, stage: Stage, begun: Entry, began: float, *, finished: bool) -> None:
        seconds, files = begun.seconds + time.monotonic() - began, record.seal(self._run, stage.outputs)
        on = machine.here(self._context.beside)
        record.write(self._run, stage.name, replace(begun, seconds=seconds, finished=finished, machine=on, files=files))


def _missing(run: RunFolder, stage: Stage) -> list[record.Damage]:
    return [record.Damage(name, "is missing") for name in stage.outputs if not (run.path / name).exists()]
