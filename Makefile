# Targets for people and CI. An environment is brought up to date when pyproject.toml changes.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
# `make test UV=uv` installs with uv instead of pip, in a tenth of the time.
install = $(if $(UV),$(UV) pip install --quiet --python $(1),$(1) -m pip install --quiet --disable-pip-version-check)
.DEFAULT_GOAL := help
.PHONY: help quickstart test lowest frameworks observability examples lint types emulator record bench load docs build clean

help:  ## list the targets
	@grep -hE '^[a-z ]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 28

$(VENV)/.package: pyproject.toml
	@echo "Installing langchain-aimlapi into $(VENV); nothing is said for a minute or so ..."
	$(PYTHON) -m venv $(if $(UV),--without-pip $(VENV),$(VENV) && $(call install,$(PY)) --upgrade "pip>=25.1")
	$(call install,$(PY)) --editable ".[testing]" && touch $@
$(VENV)/.%: $(VENV)/.package
	@echo "Installing what '$*' needs; nothing is said for a minute or so ..."
	$(call install,$(PY)) --group $* && touch $@

quickstart: $(VENV)/.package  ## stream one answer: live with AIMLAPI_API_KEY, replayed without
	@$(PY) examples/quickstart.py
test: $(VENV)/.test  ## run the whole suite, offline
	$(PY) -m pytest -n auto --maxprocesses 4 $(ARGS)
lowest: FLOORS = $(CURDIR)/.venv-lowest/floors.txt
lowest:  ## run the quick tests with the oldest dependencies that are allowed
	mkdir -p .venv-lowest && sed -n '/^dependencies = \[/,/^\]/s/^ *"\(.*\)>=\([^,]*\),.*/\1==\2/p' pyproject.toml > $(FLOORS)
	PIP_CONSTRAINT=$(FLOORS) UV_CONSTRAINT=$(FLOORS) $(MAKE) VENV=.venv-lowest .venv-lowest/.test
	.venv-lowest/bin/python -m pytest -n auto tests/requests tests/answers tests/http tests/model tests/services tests/sockets tests/standard $(ARGS)
frameworks observability:  ## run the tests with deepagents, MCP, vcrpy 9 ..., or with MLflow, Sentry ...
	$(MAKE) VENV=.venv-$@ .venv-$@/.$@
	.venv-$@/bin/python -m pytest tests/$@ $(if $(filter frameworks,$@),tests/testing_kit/test_cassettes.py) $(ARGS)
examples: $(VENV)/.test  ## run every example: live with AIMLAPI_API_KEY, replayed without
	@set -e; for script in examples/[!_]*.py; do echo "== $$script"; $(PY) $$script; done
lint: $(VENV)/.lint  ## ruff: rules and format; import-linter: imports point down
	$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(VENV)/bin/lint-imports
types: USERS_CODE = tests/model/typed_program.py tests/docs/programs build/pages
types: $(VENV)/.test $(VENV)/.types  ## mypy, strict; mypy and pyright on users' programs and the code of all pages
	rm -rf build/pages && $(PY) tests/docs/pages.py build/pages
	$(PY) -m mypy langchain_aimlapi $(USERS_CODE)
	$(PY) -m basedpyright --level error --pythonpath $(PY) $(USERS_CODE)
emulator: $(VENV)/.test  ## run the emulator of the service on port 8787 (PORT=..., ARGS="--delay 0.1")
	$(PY) -m tests.emulator --port $(or $(PORT),8787) $(ARGS)
record: $(VENV)/.test  ## record the cassettes again from the emulator (FROM=live: from the service, for credits)
	AIMLAPI_RECORD_FROM=$(or $(FROM),emulator) $(PY) -m pytest -m vcr --record-mode=rewrite $(ARGS)
bench:  ## what calls cost, beside other packages: about 10 minutes (ARGS=--write writes benchmarks/README.md)
	$(MAKE) VENV=.venv-bench .venv-bench/.bench
	.venv-bench/bin/python -m benchmarks $(ARGS)
load: $(VENV)/.test  ## 2,000 streams open at once, with httpx-aiohttp's client
	$(PY) -m benchmarks.load $(ARGS)
docs: $(VENV)/.docs  ## build the documentation into site/; every warning is an error
	$(PY) docs/fields.py && $(VENV)/bin/zensical build --clean --strict
build: $(VENV)/.docs  ## wheel and sdist of the last commit into dist/, checked, and imported
	rm -rf dist .venv-wheel && mkdir -p dist/source && git archive HEAD | tar -x -C dist/source
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(PY) -m build --no-isolation --outdir dist dist/source && rm -rf dist/source
	$(PY) -m twine check --strict dist/*
	$(PYTHON) -m venv .venv-wheel && $(call install,.venv-wheel/bin/python) dist/*.whl
	.venv-wheel/bin/python -I -c "import langchain_aimlapi as p; print('built wheel:', p.ChatAIMLAPI.__name__, p.__version__)"
clean:  ## remove what the targets made
	rm -rf .venv .venv-* .venv3* build dist site .*_cache .hypothesis .benchmarks
