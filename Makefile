# From a fresh checkout: `make demo` installs and runs the demo experiment, `make test` runs the whole test suite.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=

.PHONY: demo test check bench train workspace clean

demo: $(VENV)/.base
	$(BIN)/tuneproof run experiment.toml

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/python -m pytest tests/test_floors.py
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow and not integration" $(PYTEST_ARGS)

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/calling.py
	$(BIN)/python benchmarks/whole.py

# The small model and its fine-tunes, from nothing: about an hour on two cores; writes src/tuneproof/small_model.
train: $(VENV)/.training
	$(BIN)/python -m training

# The data of the workspace that `tuneproof init` writes.
workspace: $(VENV)/.base
	$(BIN)/python -m tuneproof.workspace.triage src/tuneproof/workspace/files

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .tuneproof
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: installing again is skipped until the package's metadata or the pinned versions change.

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer was found; give one: make PYTHON=/path/to/python3 demo" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.base

$(VENV)/.training: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[training]'
	@touch $@ $(VENV)/.base
