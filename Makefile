# make app: set up and open the app, for this machine alone; make app ADDRESS=0.0.0.0 PORT=8600 for others too.
# make test: set up and run everything that must hold.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
# localhost: this machine alone; 0.0.0.0: everybody who reaches it
ADDRESS ?= localhost
# Test files that run side by side; each worker has its own server and browser.
WORKERS ?= 2

# One thread per computation and few memory arenas keep many sessions quick on a small machine.
export OMP_NUM_THREADS ?= 1
export OMP_WAIT_POLICY ?= PASSIVE
export MALLOC_ARENA_MAX ?= 2

.PHONY: setup app test lint docs clean

setup: $(VENV)/.app-ready

app: setup
	$(BIN)/gca-viz app --address $(ADDRESS) --port $(PORT)

test: $(VENV)/.test-ready chromium lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

docs: $(VENV)/.docs-ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app-ready: requirements.txt constraints.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.test-ready: $(VENV)/.app-ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

$(VENV)/.docs-ready: $(VENV)/.app-ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	touch $@

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || tests/browser/install_chromium.sh

clean:
	rm -rf $(VENV)
