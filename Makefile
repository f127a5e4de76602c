# make run    installs into .venv and runs the main job: Mali under blockade
# make test   the same installation, then lint, types, floors and tests
# make prove  the long proofs; each writes docs/proofs/NAME.json
# make messages  update the French catalogue and list what lacks French
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test prove lint messages clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	touch $@

run: $(VENV)/.installed
	$(BIN)/citerne run mali --force

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.installed-dev lint
	$(BIN)/python -m pytest -n 2 -m "not prove"

prove: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m prove

messages: $(VENV)/.installed-dev
	$(BIN)/python tools/messages.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
