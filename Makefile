# The two commands for a fresh machine are `make demo` and `make test`; both set up what they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CBIR := $(BIN)/cbir
DEMO := demo-data
SERVE ?= 1
FOLDER ?=
DATASETS ?=
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench format lock wheel clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Create the environment in .venv, compile the kernels, fetch the free weights

$(VENV)/.packages: requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "Setting up .venv (once; about 1.5 GB, TensorFlow is most of it)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.ready: $(VENV)/.packages pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@$(BIN)/python -m cbir.kernels
	@$(CBIR) weights fetch vgg16-conv || echo "Going on without VGG16's weights; colour search works." >&2
	@touch $@

demo: setup ## Index a gallery and print ranked answers (FOLDER=~/Pictures for your own, SERVE=0 to end after them)
	@BIN=$(BIN) DEMO=$(DEMO) FOLDER="$(FOLDER)" SERVE=$(SERVE) bash demo.sh

test: setup ## Run every test
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

check: setup ## Lint and check types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: setup ## Print every measured figure (DATASETS=FOLDER with the labelled sets)
	@$(BIN)/python -m benchmarks $(if $(DATASETS),--datasets "$(DATASETS)")

format: setup ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: ## Pin the newest dependencies, with hashes (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade --quiet requirements/runtime.in -o requirements/runtime.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade --quiet requirements/runtime.in requirements/dev.in -o requirements/dev.txt

wheel: setup ## Build the wheel into dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove the environment, caches and the demo's data
	rm -rf $(VENV) .cache $(DEMO) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
