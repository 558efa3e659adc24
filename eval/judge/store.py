"""Verdicts and what they cost, kept in SQLite as they come, so that a run goes on where it stopped. Holds no key and asks nothing."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from eval.errors import SetupError
from eval.judge.budget import Spent, Tokens

SCHEMA = """
CREATE TABLE IF NOT EXISTS verdicts (key TEXT PRIMARY KEY, model TEXT NOT NULL, text TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS spending (prompt INTEGER NOT NULL, completion INTEGER NOT NULL, known INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS asked (answer TEXT, arm TEXT, seed INTEGER, metric TEXT, step INTEGER, key TEXT NOT NULL,
                                  PRIMARY KEY (answer, arm, seed, metric, step));
"""


@dataclass(frozen=True)
class Stored:
    """A judge's final word on one prompt."""

    text: str
    """The JSON as the judge wrote it."""
    reason: str = ""
    """Why the text is no verdict, where the judge refused or wrote no valid JSON."""


def key_of(model: str, arguments: Mapping[str, Any], messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any]) -> str:
    """64 hex digits; another model, another argument or another word gives another key."""
    told = json.dumps([model, arguments, messages, schema], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


class Store:
    """One file. What is written in one turn of an event loop is committed at its end, and then durable against a kill of the process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {SCHEMA}")
        except sqlite3.DatabaseError as error:
            raise SetupError(f"{path}: no usable store of verdicts ({error}). Move it away, and all is asked anew.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._commit()
        self._db.close()

    def get(self, key: str) -> Stored | None:
        found = self._db.execute("SELECT text, reason FROM verdicts WHERE key = ?", (key,)).fetchone()
        return Stored(*found) if found else None

    def put(self, key: str, model: str, stored: Stored) -> None:
        self._write("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)", [(key, model, stored.text, stored.reason)])

    def spend(self, tokens: Tokens, known: bool) -> None:
        self._write("INSERT INTO spending VALUES (?, ?, ?)", [(tokens.prompt, tokens.completion, known)])

    def spent(self) -> Spent:
        """Of all sessions on this file; money is the ledger's business."""
        totals = "SELECT count(*), coalesce(sum(prompt), 0), coalesce(sum(completion), 0), coalesce(sum(NOT known), 0) FROM spending"
        requests, prompt, completion, unknown = self._db.execute(totals).fetchone()
        return Spent(requests, prompt, completion, None, unknown)

    def remember(self, answer: str, arm: str, seed: int, metric: str, keys: Sequence[str]) -> None:
        """Which verdicts a value rests on, in order."""
        rows = [(answer, arm, seed, metric, step, key) for step, key in enumerate(keys)]
        self._write("INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _write(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Outside an event loop it is committed at once."""
        if self._db.in_transaction:
            self._db.executemany(statement, rows)
            return
        self._db.execute("BEGIN")
        self._db.executemany(statement, rows)
        try:
            asyncio.get_running_loop().call_soon(self._commit)
        except RuntimeError:
            self._commit()

    def _commit(self) -> None:
        if self._db.in_transaction:
            self._db.execute("COMMIT")

    def reasons(self, answer: str, arm: str, seed: int, metric: str) -> list[Stored]:
        """What the judge wrote about one answer under one metric, step by step."""
        query = """SELECT text, reason FROM asked JOIN verdicts USING (key)
                   WHERE answer = ? AND arm = ? AND seed = ? AND metric = ? ORDER BY step"""
        return [Stored(*found) for found in self._db.execute(query, (answer, arm, seed, metric))]
