# `make` lists the targets. Each sets up what it needs by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VIEWER := trace-viewer
ASSIGNMENTS := assignments/assignment1-basics assignments/assignment2-systems
SOURCES := conftest.py execute.py lecture_tracer tests bench lectures
PORT ?= 5173
LECTURE ?= lecture_01

.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow check fix goldens bench clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready $(VIEWER)/node_modules/.ready  ## create .venv and install the viewer's packages

$(VENV)/.ready: requirements.lock $(wildcard assignments/*/pyproject.toml)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation \
	  $(foreach folder,. $(ASSIGNMENTS),--editable $(folder))
	touch $@

$(VIEWER)/node_modules/.ready: $(VIEWER)/package-lock.json
	cd $(VIEWER) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(VIEWER)/dist/index.html: $(VIEWER)/node_modules/.ready $(shell find $(VIEWER)/src $(VIEWER)/index.html $(VIEWER)/vite.config.ts 2>/dev/null)
	cd $(VIEWER) && npm run --silent build && npm run --silent build:single

run: setup $(VIEWER)/dist/index.html  ## record LECTURE (default lecture_01) and show it in the viewer
	$(BIN)/python execute.py -m $(LECTURE)
	@echo "Open http://localhost:$(PORT)/?trace=$(LECTURE) (Ctrl-C ends)"
	cd $(VIEWER) && npm run --silent preview -- --port $(PORT) --strictPort

test: setup  ## run the tests, slow, GPU and Slurm ones left out
	$(BIN)/python -m pytest -m "not slow and not gpu" -n 2
	$(BIN)/python tests/interpreters.py
	cd $(VIEWER) && npm run --silent test
	cd $(VIEWER) && npm run --silent build && npm run --silent build:single && npm run --silent e2e

test-slow: setup  ## run the slow tests, and those for a GPU where there is one
	$(BIN)/python -m pytest -m "slow or gpu"

check: setup  ## look for faults without editing: ruff, mypy, eslint, tsc, prettier, shellcheck
	$(BIN)/ruff check .
	$(BIN)/ruff format --check $(SOURCES) $(ASSIGNMENTS) setup.py
	$(BIN)/mypy $(SOURCES)
	for folder in $(ASSIGNMENTS); do $(BIN)/mypy $$folder || exit 1; done
	if command -v shellcheck >/dev/null; then shellcheck remote_execute.sh lecture_tracer/remote/scripts/*.sh tests/slurm/*.sh .ci/run; fi
	cd $(VIEWER) && npm run --silent check

fix: setup  ## repair what can be repaired automatically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format $(SOURCES) $(ASSIGNMENTS) setup.py
	cd $(VIEWER) && npm run --silent fix

goldens: setup  ## write the generated files again: JSON Schema, viewer types, sample trace
	$(BIN)/python -m lecture_tracer.trace.json_schema
	cd $(VIEWER) && npm run --silent types
	$(BIN)/python execute.py -q -m sample

bench: setup  ## measure the engine, the assignments and the viewer beside their peers
	$(BIN)/python bench/bench_engine.py
	$(BIN)/python bench/bench_service.py
	-$(BIN)/python bench/bench_remote.py
	$(BIN)/python tests/values/benchmark_values.py
	$(BIN)/python assignments/assignment1-basics/bench/bench_tokenizer.py
	cd $(VIEWER) && npm run --silent bench

clean:  ## remove everything that was generated
	rm -rf $(VENV) .venvs $(VIEWER)/node_modules $(VIEWER)/dist build *.egg-info var/files
