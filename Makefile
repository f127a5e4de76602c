# make run    installs into .venv and runs the main job: Mali under blockade
# make test   the same installation, then lint, types, floors and tests
# make prove  the long proofs; each writes docs/proofs/NAME.json
# make docs   the pages as a site in docs/_build/html, offline, warnings as errors
# make dist   wheel and sdist in dist/
# make pages  the pages that are made from the code: reference, processes, floors
# make lock   requirements/: every package with version and checksum, as the proofs of this commit ran with
# make messages  update the French catalogue and list what lacks French
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test prove lint docs dist pages lock messages clean

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

docs: $(VENV)/.installed-dev
	$(BIN)/python -m sphinx -W --keep-going -q -j auto docs docs/_build/html

dist: $(VENV)/.installed-dev
	$(BIN)/python -m build --outdir dist .

pages: $(VENV)/.installed-dev
	$(BIN)/python tools/model_pages.py
	$(BIN)/python tools/reference_pages.py
	$(BIN)/python tools/floors.py

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml
lock: $(VENV)/.installed-dev
	mkdir -p requirements
	$(LOCK) --output-file requirements/run.txt
	$(LOCK) --all-extras --group dev --output-file requirements/dev.txt

messages: $(VENV)/.installed-dev
	$(BIN)/python tools/messages.py
	$(BIN)/python tools/reference_pages.py

clean:
	rm -rf $(VENV) build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
