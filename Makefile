# For developers. Users install with `uv tool install` or `pipx install`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run hub test check bench deep e2e locale pictures clean

help:  ## what one can make
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -m venv $(VENV) || { echo "leadq: $(PYTHON) has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: $(STAMP)  ## a living demo queue, in a throw-away home
	@$(BIN)/leadq demo

hub: $(STAMP)  ## a hub on a PostgreSQL of its own, until Ctrl-C
	@$(BIN)/python -m tests.e2e.trial

test: $(STAMP)  ## the fast suite
	$(BIN)/python -m pytest -n 2 -m "not deep and not e2e"

check: $(STAMP)  ## style, types, layers, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

bench: $(STAMP)  ## the figures, as ratios of one run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m benchmarks

deep: $(STAMP)  ## the long proofs, some of them against libraries of others
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[proof]'
	$(BIN)/python -m pytest -m deep

e2e: $(STAMP)  ## sync with a real CRM, Tryton on PostgreSQL; an hour on the screen, in tmux
	$(BIN)/python -m pytest -m e2e tests/e2e

locale: $(STAMP)  ## compile the French catalogue after editing leadq/locale/fr.po
	$(BIN)/python -m tests.catalogue

pictures: $(STAMP)  ## the README's pictures, still and moving, exported by the app
	$(BIN)/python -m tests.pictures

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
