# `make` lists the targets. Each sets up what it needs by itself. Lectures and assignments are found
# by their names: lecture_*.py, lectures/*, assignments/*.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VIEWER := trace-viewer
ASSIGNMENTS := $(patsubst %/pyproject.toml,%,$(sort $(wildcard assignments/*/pyproject.toml)))
PROJECTS := pyproject.toml $(ASSIGNMENTS:=/pyproject.toml)
SOURCES := $(filter-out setup.py,$(wildcard *.py)) lecture_tracer tests tools bench lectures
SCRIPTS := $(wildcard *.sh tools/*.sh trace-viewer/scripts/*.sh lecture_tracer/remote/scripts/*.sh tests/slurm/*.sh) .ci/run
PORT ?= 5173
LECTURE ?= lecture_01
# A file or folder whose tests alone are wanted: make test ONLY=assignments/assignment1-basics
ONLY ?=

# Packages of the assignments for mypy, which does not follow editable installations.
space := $(subst ,, )
export MYPYPATH := $(subst $(space),:,$(addprefix $(CURDIR)/,$(ASSIGNMENTS)))
MYPY := $(CURDIR)/$(BIN)/mypy --cache-dir $(CURDIR)/.mypy_cache
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup run viewer site assignment test test-slow check check-python fix goldens lock bench handouts clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready-test $(VIEWER)/node_modules/.ready  ## create .venv and install the viewer's packages

# To run: the lock that clusters install, too. Packages of this repository are linked, not copied.
$(VENV)/.ready: requirements.lock $(PROJECTS)
	@test -x $(BIN)/python || sh tools/require_python.sh $(PYTHON)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation \
	  $(foreach folder,. $(ASSIGNMENTS),--editable $(folder))
	touch $@

$(VENV)/.ready-test: $(VENV)/.ready requirements-test.lock
	$(BIN)/python -m pip install --quiet --requirement requirements-test.lock
	touch $@

$(VIEWER)/node_modules/.ready: $(VIEWER)/package-lock.json
	@sh $(VIEWER)/scripts/require_node.sh
	cd $(VIEWER) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(VIEWER)/dist/index.html: $(VIEWER)/node_modules/.ready $(shell find $(VIEWER)/src $(VIEWER)/index.html $(VIEWER)/vite.config.ts 2>/dev/null)
	@sh $(VIEWER)/scripts/require_node.sh
	cd $(VIEWER) && npm run --silent build && npm run --silent build:single

viewer: $(VIEWER)/dist/index.html  ## build the page that shows traces

run:  ## record LECTURE (default lecture_01) and show it in the viewer
	@$(MAKE) --no-print-directory -j2 $(VENV)/.ready $(VIEWER)/dist/index.html
	$(BIN)/python execute.py -m $(LECTURE)
	@echo "Open http://localhost:$(PORT)/?trace=$(LECTURE), or without ?trace=… the whole course (Ctrl-C ends)"
	cd $(VIEWER) && npm run --silent preview -- --port $(PORT) --strictPort

site: $(VENV)/.ready viewer  ## write the whole course as a static site into site/; URL=https://… for feed and cards
	$(BIN)/python execute.py site -j 2 $(if $(URL),--url $(URL))

assignment: $(VENV)/.ready-test  ## write a student's starter: make assignment N=1 DEST=~/cs336-a1
	@test -n "$(N)" -a -n "$(DEST)" || { echo "which, and where to? make assignment N=1 DEST=~/cs336-a1" >&2; exit 2; }
	@$(BIN)/python -m tools.assignment $(N) $(DEST)

ifdef ONLY
test: $(VENV)/.ready-test  ## run the tests, slow, GPU and Slurm ones left out; ONLY=folder for those alone
	$(PYTEST) -m "not slow and not gpu" -n 2 --durations=20 $(ONLY)
else
test: setup viewer  ## run the tests, slow, GPU and Slurm ones left out; ONLY=folder for those alone
	$(PYTEST) -m "not slow and not gpu" -n 2 --durations=20
	$(BIN)/python tests/interpreters.py
	$(BIN)/python tests/wasm/run.py
	cd $(VIEWER) && npm run --silent test
	cd $(VIEWER) && npm run --silent e2e
endif

test-slow: setup  ## run the slow tests, and those for a GPU where there is one
	$(PYTEST) -m "slow or gpu" --durations=20 $(ONLY)

check: check-python $(VIEWER)/node_modules/.ready  ## look for faults without editing: ruff, mypy, eslint, tsc, prettier, shellcheck
	cd $(VIEWER) && npm run --silent check

check-python: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MYPY) $(SOURCES)
	for folder in $(ASSIGNMENTS); do (cd $$folder && $(MYPY) .) || exit 1; done
	$(BIN)/python -m tools.dependencies --check
	if command -v shellcheck >/dev/null; then shellcheck $(SCRIPTS); fi

fix: setup  ## repair what can be repaired automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd $(VIEWER) && npm run --silent fix

goldens: setup  ## write the generated files again: JSON Schema, viewer types, sample trace
	$(BIN)/python -m lecture_tracer.trace.json_schema
	$(BIN)/python -m lecture_tracer.catalogue.json_schema
	cd $(VIEWER) && npm run --silent types
	$(BIN)/python execute.py -q -m sample

lock: $(VENV)/.ready-test  ## resolve the ranges of all pyproject.toml files again; UPGRADE=1 takes the newest
	$(BIN)/python -m tools.lock $(if $(UPGRADE),--upgrade)
	$(BIN)/python -m tools.dependencies

bench: setup  ## measure the engine, the assignments and the viewer beside their peers
	$(BIN)/python bench/bench_engine.py
	$(BIN)/python bench/bench_service.py
	$(BIN)/python bench/bench_adoption.py
	-$(BIN)/python bench/bench_remote.py
	$(BIN)/python tests/values/benchmark_values.py
	$(BIN)/python assignments/assignment1-basics/bench/bench_tokenizer.py
	$(BIN)/python assignments/assignment3-scaling/bench/bench_server.py
	$(BIN)/python assignments/assignment3-scaling/bench/bench_planner.py
	$(BIN)/python assignments/assignment4-data/bench/bench_minhash.py
	$(BIN)/python assignments/assignment4-data/bench/bench_memory.py
	$(BIN)/python assignments/assignment4-data/bench/bench_pii.py
	$(BIN)/python assignments/assignment5-alignment/bench/bench_rollouts.py --device cpu
	cd $(VIEWER) && npm run --silent bench

handouts: setup viewer  ## print what changed: every lecture and task sheet as a PDF in nonexecutable/
	$(BIN)/python execute.py pdf --output nonexecutable --jobs 2

clean:  ## remove everything that was generated
	rm -rf $(VENV) .venvs $(VIEWER)/node_modules $(VIEWER)/dist $(VIEWER)/dist-single tests/wasm/node_modules tests/wasm/wheels build *.egg-info var/files
