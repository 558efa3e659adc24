"""How fast a bundle is served, beside `transformers serve` on the same merged weights, in one run.

    python -m bench.serve [--run RUN --arms lora hybrid] [--clients 1 8 32] [--asked 32] [--rounds 2]

Without a run a comparison of `base` and `rag` on the bundled case `facts` is made first: one arm without retrieval, one with it. `bakeoff
serve` gets questions and looks passages up; `transformers serve`, one request after another and with `--continuous-batching`, gets the
finished prompts, so that it is spared the search. Every client asks its next question when the last one is answered. All answers stream,
greedily. Servers take turns within a round, since the machine's speed drifts: compare figures of one run only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import openai
import psutil
import yaml

from pipeline.experiment.load import load
from pipeline.records import read_examples
from pipeline.run import execute, prepare
from pipeline.run_folder.store import RunFolder
from pipeline.samples import experiment_of
from pipeline.serving import bundle
from pipeline.serving.engine import Engine
from pipeline.serving.question import Question

STARTS_S = 1500
Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Server:
    """One that listens."""

    name: str
    url: str
    model: str
    process: subprocess.Popen[bytes]
    whole: bool
    """Whether it gets finished prompts."""
    log: Path

    @property
    def memory(self) -> float:
        """MiB, of all its processes."""
        own = psutil.Process(self.process.pid)
        return sum(one.memory_info().rss for one in [own, *own.children(recursive=True)]) / 2**20


@dataclass
class Measured:
    """Of some requests to one server."""

    seconds: float = 0.0
    tokens: int = 0
    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    texts: list[tuple[int, str]] = field(default_factory=list)
    """Number of the question, and its answer."""
    failed: int = 0


def small_run(folder: Path) -> RunFolder:
    """`facts` with the two arms that are not trained."""
    source = experiment_of("facts")
    settings = yaml.safe_load(source.read_text(encoding="utf-8"))
    settings |= {"name": "served", "arms": ["base", "rag"]}
    settings["data"] = {
        **settings["data"],
        "examples": str(source.parent / "questions.jsonl"),
        "documents": str(source.parent / "documents"),
    }
    path = folder / "experiment.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    run = prepare(load(path), folder / "runs")
    execute(run)
    return run


def merged(engine: Engine, folder: Path) -> None:
    """The weights that the bundle answers with, for the library's server."""
    generator = engine._candidate.context.answering(engine.arm, int(engine.told["seed"]))
    from finetune.engine import llama, onednn_linear
    from finetune.loading import load_tokenizer

    llama.restore(generator.model)
    onednn_linear.restore(generator.model)
    generator.model.save_pretrained(str(folder))
    load_tokenizer(engine._candidate.context.weights).save_pretrained(str(folder))


def prompts(engine: Engine, made: Path) -> list[Messages]:
    """What the model is asked, for each of the bundle's questions."""
    rows = read_examples(made / "data/test.jsonl")
    puts = engine._candidate.put([Question(row, float("inf")) for row in rows])
    return [[{"role": message.role, "content": message.content} for message in put.asked.messages] for put in puts]


@contextmanager
def started(name: str, command: list[str], port: int, model: str, whole: bool, log: Path) -> Iterator[Server]:
    """Answers on its port, or says why not."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    try:
        until = time.monotonic() + STARTS_S
        while time.monotonic() < until and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        else:
            raise SystemExit(f"{name} does not start: {log.read_text(errors='replace')[-2000:]}")
        yield Server(name, f"http://127.0.0.1:{port}/v1", model, process, whole, log)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()


async def asked(client: openai.AsyncOpenAI, server: Server, messages: Messages, limit: int) -> tuple[float, float, str]:
    """Seconds to the first text and to the end, and the text."""
    began, first, text = time.perf_counter(), 0.0, ""
    stream: Any = await client.chat.completions.create(
        model=server.model, messages=messages, stream=True, max_tokens=limit, temperature=0.0  # type: ignore[arg-type]
    )  # fmt: skip
    async for part in stream:
        said = part.choices[0].delta.content if part.choices else None
        if said:
            first = first or time.perf_counter() - began
            text += said
    return first, time.perf_counter() - began, text


async def load_of(server: Server, asks: Sequence[Messages], clients: int, count: int, limit: int) -> Measured:
    """`count` requests by so many clients, each waiting for its answer before its next."""
    found, left = Measured(), iter(range(count))
    async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0, timeout=600) as client:

        async def one() -> None:
            for number in left:
                try:
                    first, whole, text = await asked(client, server, asks[number % len(asks)], limit)
                except Exception as error:  # whatever ends a stream: told, and counted
                    found.failed += 1
                    print(f"{server.name}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
                    continue
                found.first.append(first)
                found.whole.append(whole)
                found.texts.append((number % len(asks), text.strip()))

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(clients)))
        found.seconds = time.perf_counter() - began
    return found


def at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def commands(made: Path, weights: Path) -> list[tuple[str, list[str], str, bool]]:
    """Name, command without its port, model and whether it gets finished prompts."""
    python, theirs = [sys.executable, "-W", "ignore"], str(Path(sys.executable).with_name("transformers"))
    return [
        ("bakeoff serve", [*python, "-m", "pipeline", "serve", str(made), "--seconds", "600", "--no-self-check"], "any", False),
        ("transformers serve", [theirs, "serve", str(weights)], str(weights), True),
        ("transformers serve, continuous", [theirs, "serve", str(weights), "--continuous-batching"], str(weights), True),
    ]  # fmt: skip


def measure(run: RunFolder, arm: str, folder: Path, options: argparse.Namespace) -> None:
    """One table: this arm on every server."""
    made = bundle.write(run, bundle.choice(run, arm, None), folder / f"bundle-{arm}")
    engine = Engine(made)
    whole, limit = prompts(engine, made), int(engine.told["decoding"]["max_new_tokens"])
    measured = json.loads((made / bundle.QUESTIONS).read_text())["rows"]
    questions = [[{"role": "user", "content": row["input"]}] for row in measured]
    count_tokens = engine._candidate.context.chat.tokenizer
    merged(engine, folder / f"weights-{arm}")
    engine.close()
    read = [len(count_tokens.apply_chat_template(one, add_generation_prompt=True)["input_ids"]) for one in whole]
    print(f"\n{arm}: {len(whole)} questions, prompts of {statistics.mean(read):.0f} tokens on average, answers of {limit} at most\n")
    print("| server | clients | answers | tokens a second | first token p50, p95 (s) | answer p50, p95 (s) | memory (MiB) | as measured |")
    print("|---|---|---|---|---|---|---|---|")
    lines: dict[tuple[str, int], list[Measured]] = {}
    with ExitStack() as running:
        servers = []
        for number, (name, command, model, finished) in enumerate(commands(made, folder / f"weights-{arm}")):
            port = free_port()
            log = folder / f"{arm}-{number}.log"
            servers.append(running.enter_context(started(name, [*command, "--port", str(port)], port, model, finished, log)))
        for server in list(servers):
            if asyncio.run(load_of(server, whole if server.whole else questions, 1, 2, limit)).failed:
                servers.remove(server)
                print(f"{server.name} does not answer and is left out: {server.log.read_text(errors='replace')[-1500:]}", file=sys.stderr)
        for _, clients, server in product(range(options.rounds), options.clients, servers):
            asks = whole if server.whole else questions
            found = asyncio.run(load_of(server, asks, clients, max(clients, options.asked), limit))
            lines.setdefault((server.name, clients), []).append(found)
        memory = {server.name: server.memory for server in servers}
    for (name, clients), several in lines.items():
        texts = [one for each in several for one in each.texts]
        tokens = sum(len(count_tokens(text)["input_ids"]) + 1 for _, text in texts)
        rate = tokens / sum(each.seconds for each in several)
        first, ended = ([value for each in several for value in getattr(each, kind)] for kind in ("first", "whole"))
        same = sum(measured[number]["answer"] == text for number, text in texts)
        print(f"| {name} | {clients} | {len(texts)} | {rate:.1f} | {at(first, 0.5):.2f}, {at(first, 0.95):.2f} | {at(ended, 0.5):.2f}, "
              f"{at(ended, 0.95):.2f} | {memory[name]:.0f} | {same} of {len(texts)} |", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="A finished run; made if left out.")
    parser.add_argument("--arms", nargs="+", default=["base", "rag"])
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--asked", type=int, default=32, help="Questions a round, by each number of clients.")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run = RunFolder(options.run.resolve()) if options.run else small_run(folder)
        for arm in options.arms:
            measure(run, arm, folder, options)


if __name__ == "__main__":
    main()
