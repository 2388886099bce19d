# make demo: install and run the main job.   make test: run the tests.   make app: open the app.
# make lint: ruff and mypy.   make docs: the documentation.   make examples: run the pages of examples again.
PYTHON ?= python3
BIN := .venv/bin
DEMO := runs/demo
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: demo test app lint docs examples clean

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("molconvex needs Python 3.11 or newer; say make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=24"

.venv/installed: pyproject.toml $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/installed-dev: pyproject.toml $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@ .venv/installed

demo: .venv/installed
	$(BIN)/molconvex generate --config data/examples/demo.toml --out $(DEMO) --overwrite

test: .venv/installed-dev
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "build/site/index.html"

examples: .venv/installed-dev
	$(BIN)/python scripts/make_examples.py

app: .venv/installed
	$(BIN)/molconvex app

clean:
	rm -rf .venv build dist runs/demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
