# Targets for people and CI; `make help` lists them. Everything is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/.stamps
.DEFAULT_GOAL := help

.PHONY: help quickstart test lint types layers format build check emulator record record-live clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# A stamp is younger than pyproject.toml when its part is installed: a second run takes seconds.
$(STAMPS)/venv:
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/package: $(STAMPS)/venv pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check --editable ".[testing]"
	@touch $@

$(STAMPS)/%: $(STAMPS)/package pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check --group $*
	@touch $@

quickstart: $(STAMPS)/package  ## stream one answer: live with AIMLAPI_API_KEY, replayed without
	@$(PY) examples/quickstart.py

test: $(STAMPS)/package $(STAMPS)/test  ## run the whole suite, offline
	$(PY) -m pytest $(ARGS)

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

build: $(STAMPS)/docs  ## wheel and sdist into dist/, checked, imported from the built wheel
	rm -rf dist $(VENV)-wheel
	$(PY) -m build --outdir dist .
	$(PY) -m twine check --strict dist/*
	$(PYTHON) -m venv $(VENV)-wheel
	$(VENV)-wheel/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	cd dist && ../$(VENV)-wheel/bin/python -I -c "import langchain_aimlapi as p; print('built wheel:', p.ChatAIMLAPI.__name__, p.__version__)"

check: test lint types layers build  ## all of it

clean:  ## remove what the targets made
	rm -rf $(VENV) $(VENV)-wheel dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
