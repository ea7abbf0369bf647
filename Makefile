# Targets for people and CI; `make help` lists them. Everything is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/.stamps
.DEFAULT_GOAL := help

.PHONY: help quickstart test test-quick test-lowest test-frameworks test-observability examples lint types layers format mutants build check emulator record record-live bench features load clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# A stamp is younger than pyproject.toml when its part is installed: a second run takes seconds.
$(STAMPS)/venv:
	@echo "Making the virtual environment $(VENV) ..."
	$(PYTHON) -m venv $(VENV)
	@echo "Updating pip ..."
	$(PY) -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/package: $(STAMPS)/venv pyproject.toml
	@echo "Installing langchain-aimlapi and what it needs; pip says nothing for a minute or so ..."
	$(PY) -m pip install --quiet --disable-pip-version-check --editable ".[testing]"
	@touch $@

$(STAMPS)/%: $(STAMPS)/package pyproject.toml
	@echo "Installing what '$*' needs; pip says nothing for a minute or so ..."
	$(PY) -m pip install --quiet --disable-pip-version-check --group $*
	@touch $@

quickstart: $(STAMPS)/package  ## stream one answer: live with AIMLAPI_API_KEY, replayed without
	@$(PY) examples/quickstart.py

test: $(STAMPS)/package $(STAMPS)/test  ## run the whole suite, offline
	$(PY) -m pytest $(or $(ARGS),-n auto --maxprocesses 4)

# Without fuzzing and timing: what differs between versions of Python shows in these.
QUICK := tests/unit tests/published tests/standard --ignore-glob=*fuzz* -k 'not linear' --benchmark-disable -n 2 -q

test-quick: $(STAMPS)/package $(STAMPS)/test  ## run the quick part of the suite, as for PYTHON=python3.13 VENV=.venv313
	$(PY) -m pytest $(QUICK) $(ARGS)

# The oldest versions that pyproject.toml allows have an environment of their own.
LOWEST := .venv-lowest/bin/python

.venv-lowest/.stamp: pyproject.toml
	@echo "Making the virtual environment .venv-lowest ..."
	$(PYTHON) -m venv .venv-lowest
	@echo "Updating pip ..."
	$(LOWEST) -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	sed -n '/^dependencies = \[/,/^\]/s/^ *"\(.*\)>=\([^,]*\),.*/\1==\2/p' pyproject.toml > .venv-lowest/floors.txt
	@echo "Installing the packages of $(@D); pip says nothing for some minutes ..."
	$(LOWEST) -m pip install --quiet --disable-pip-version-check --constraint .venv-lowest/floors.txt \
		--editable ".[testing]" --group test
	@touch $@

test-lowest: .venv-lowest/.stamp  ## run the tests with the oldest dependencies that are allowed, offline
	$(LOWEST) -m pytest $(or $(ARGS),tests/unit tests/lifecycle tests/faults)

# Environments of their own, each of a group in pyproject.toml: what it has is heavy, or pinned narrowly.
GROUPS := frameworks observability mutants bench

$(GROUPS:%=.venv-%/.stamp): .venv-%/.stamp: pyproject.toml
	@echo "Making the virtual environment .venv-$* ..."
	$(PYTHON) -m venv .venv-$*
	@echo "Updating pip ..."
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@echo "Installing the packages of .venv-$*; pip says nothing for some minutes ..."
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[testing]" --group $*
	@touch $@

FRAMEWORKS := .venv-frameworks/bin/python

test-frameworks: .venv-frameworks/.stamp  ## run the tests with deepagents, MCP and the notebooks, offline
	$(FRAMEWORKS) -m pytest tests/frameworks $(ARGS)

test-observability: .venv-observability/.stamp  ## run the tests with langfuse, OpenTelemetry, MLflow, Sentry ..., offline
	.venv-observability/bin/python -m pytest tests/observability $(ARGS)

# mutmut tests a copy of the code in mutants/, for minutes.
mutants: .venv-mutants/.stamp  ## small faults on purpose: how many the tests find (ARGS="--sample 120 --seed 1")
	.venv-mutants/bin/python -m tests.mutants $(ARGS)

examples: $(STAMPS)/package $(STAMPS)/test .venv-frameworks/.stamp  ## run every example: live with AIMLAPI_API_KEY, replayed without
	@set -e; for script in $(filter-out examples/_%,$(wildcard examples/*.py)); do \
		echo; echo "== $$script"; $(PY) $$script; \
	done

lint: $(STAMPS)/package $(STAMPS)/lint  ## ruff: rules and format
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(STAMPS)/package $(STAMPS)/test $(STAMPS)/types  ## mypy, strict
	$(PY) -m mypy

layers: $(STAMPS)/package $(STAMPS)/lint  ## import-linter: imports point strictly down
	$(VENV)/bin/lint-imports

format: $(STAMPS)/lint  ## let ruff fix and format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

emulator: $(STAMPS)/package $(STAMPS)/test  ## run the emulator of the service on port 8787 (PORT=...)
	$(PY) -m tests.emulator --port $(or $(PORT),8787)

record: $(STAMPS)/package $(STAMPS)/test .venv-frameworks/.stamp  ## record all cassettes again, from the emulator
	AIMLAPI_RECORD_FROM=emulator $(PY) -m pytest -m vcr --record-mode=rewrite $(RECORDING)
	AIMLAPI_RECORD_FROM=emulator $(FRAMEWORKS) -m pytest tests/frameworks -m vcr --record-mode=rewrite $(ARGS)

record-live: $(STAMPS)/package $(STAMPS)/test .venv-frameworks/.stamp  ## the same from the service; needs AIMLAPI_API_KEY, costs credits
	@test -n "$$AIMLAPI_API_KEY" || { echo "record-live asks the service: set AIMLAPI_API_KEY first."; exit 2; }
	AIMLAPI_RECORD_FROM=live $(PY) -m pytest -m vcr --record-mode=rewrite $(RECORDING)
	AIMLAPI_RECORD_FROM=live $(FRAMEWORKS) -m pytest tests/frameworks -m vcr --record-mode=rewrite $(ARGS)

# A test that times replays does not use its benchmark while it is recorded.
RECORDING := -W ignore::pytest_benchmark.logger.PytestBenchmarkWarning $(ARGS)

bench: .venv-bench/.stamp  ## what calls cost, beside other packages: about 10 minutes (ARGS=--write writes benchmarks/README.md)
	.venv-bench/bin/python -m benchmarks $(ARGS)

features: .venv-bench/.stamp  ## the table of FEATURES.md: who passes which probe
	.venv-bench/bin/python -m tests.features

load: $(STAMPS)/package $(STAMPS)/test  ## 2,000 streams open at once, with httpx-aiohttp's client
	$(PY) -m benchmarks.load $(ARGS)

# From the last commit, dated as that is: no other file gets in, and the same commit makes the same bytes.
build: $(STAMPS)/docs  ## wheel and sdist of the last commit into dist/, checked, imported from the built wheel
	@test -e .git || { echo "make build builds the last commit, so it needs a clone of the repository."; exit 2; }
	@git diff --quiet HEAD || echo "Changes that are not committed are not built."
	rm -rf dist .venv-wheel
	mkdir -p dist/source
	git archive HEAD | tar -x -C dist/source
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(PY) -m build --outdir dist dist/source
	rm -rf dist/source
	$(PY) -m twine check --strict dist/*
	@echo "Making the virtual environment .venv-wheel ..."
	$(PYTHON) -m venv .venv-wheel
	@echo "Installing the wheel ..."
	.venv-wheel/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	cd dist && ../.venv-wheel/bin/python -I -c "import langchain_aimlapi as p; print('built wheel:', p.ChatAIMLAPI.__name__, p.__version__)"

check: test lint types layers build  ## all of it

# By their names: a VENV of the environment may be somebody's own.
clean:  ## remove what the targets made
	rm -rf .venv .venv-wheel .venv-3.* .venv3* .venv-lowest $(GROUPS:%=.venv-%) mutants dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
