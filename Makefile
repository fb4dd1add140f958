PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := python -m pip install --quiet --disable-pip-version-check
PORT ?= 8501
# localhost: this machine alone; 0.0.0.0: everybody who reaches it
ADDRESS ?= localhost
# Test files that run side by side; each worker has its own server and browser.
WORKERS ?= 2
# A file's tests stay together, as they share what is dear; files start in their order, so that those of the browser,
# the longest, do not come last, when one worker would wait for the other.
SIDE_BY_SIDE = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# What `make pythons` goes through.
PYTHONS ?= python3.10 python3.11 python3.12 python3.13
# How `make coverage` reports.
COVERAGE ?= term:skip-covered
# Which of the tests that need Ray `make cluster` runs; those that start it anew several times are slow.
CLUSTER ?= not slow
# A module of benchmarks/, with its arguments.
BENCH ?= ui.board

# One thread per computation and few memory arenas keep many sessions quick on a small machine.
export OMP_NUM_THREADS ?= 1
export OMP_WAIT_POLICY ?= PASSIVE
export MALLOC_ARENA_MAX ?= 2
# What one interpreter has compiled, the others read: tests start a hundred of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## say what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: app
app: setup ## set up and open the app, for this machine alone; ADDRESS=0.0.0.0 PORT=8600 for others too
	$(BIN)/gca-viz app --address $(ADDRESS) --port $(PORT)

.PHONY: test
test: $(VENV)/.test-ready chromium lint ## set up and run everything that must hold, WORKERS=2 test files side by side
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m 'not slow'

.PHONY: slow
slow: $(VENV)/.test-ready chromium ## what make test leaves out: the same once more, and what is long in Chromium
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m slow

.PHONY: lint
lint: $(VENV)/.test-ready ## style of Python and JavaScript, import arrows, types, workflows, issue forms, citation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/oxlint gca_viz/ui tests/javascript
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/actionlint
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format --default-filetype yaml CITATION.cff

.PHONY: docs
docs: $(VENV)/.docs-ready ## the documentation as a site, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

.PHONY: coverage
coverage: $(VENV)/.test-ready ## which lines the tests without a browser run
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m 'not browser' --cov=gca_viz --cov-report=$(COVERAGE)

.PHONY: cluster
cluster: $(VENV)/.test-ready $(VENV)/.ray-ready ## the tests that need Ray, on a cluster of two workers of this machine
	$(BIN)/python -m pytest tests/cluster -m '$(CLUSTER)'

.PHONY: lab
lab: $(VENV)/.test-ready $(VENV)/.lab-ready chromium ## the tests in a real JupyterLab
	$(BIN)/python -m pytest tests/lab

.PHONY: bench
bench: $(VENV)/.bench-ready chromium ## time something: BENCH='transport tolerance', benchmarks/README.md lists them
	$(BIN)/python -m benchmarks.$(BENCH)

.PHONY: pythons
pythons: ## install under each of PYTHONS, and run the tests of the mathematics and of the command line
	set -e; for python in $(PYTHONS); do $(MAKE) core PYTHON=$$python CORE=build/$$(basename $$python); done

.PHONY: minimal
minimal: ## the same with the lowest versions that requirements.txt allows
	mkdir -p build
	sed -nE 's/^([A-Za-z0-9_.-]+)>=(.+)/\1==\2/p' requirements.txt > build/minimal.txt
	$(MAKE) core CORE=build/minimal PINS=build/minimal.txt

.PHONY: core
core: PINS ?= constraints.txt
core:
	$(PYTHON) -m venv $(CORE)
	$(CORE)/bin/$(PIP) -c $(PINS) -e . hypothesis POT pytest rich
	$(CORE)/bin/gca-viz doctor
	$(CORE)/bin/python -m pytest tests/transport tests/cli tests/test_cli.py

.PHONY: wheel
wheel: $(BIN)/python ## a wheel with the app, its data and its models, into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

.PHONY: hooks
hooks: $(VENV)/.test-ready ## let git lint before every commit
	$(BIN)/$(PIP) -c constraints.txt pre-commit
	$(BIN)/pre-commit install

.PHONY: setup
setup: $(VENV)/.app-ready

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app-ready: requirements.txt constraints.txt pyproject.toml | $(BIN)/python
	$(BIN)/$(PIP) -c constraints.txt -e .
	$(BIN)/python -c 'from gca_viz.geometry.projection import compile_umap; compile_umap()'
	touch $@

$(VENV)/.%-ready: $(VENV)/.app-ready
	$(BIN)/$(PIP) -c constraints.txt -e '.[$*]'
	touch $@

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || tests/browser/install_chromium.sh

.PHONY: clean
clean: ## remove the virtual environment and what was built
	rm -rf $(VENV) build dist site
