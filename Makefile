# The two commands for a fresh machine are `make demo` and `make test`; both set up what they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
CBIR := $(BIN)/cbir
DEMO := demo-data
DATASETS ?=
PYTEST_ARGS ?=
ARGS ?=

# Where TensorFlow has wheels; an Intel Mac has them up to 3.12.
FITS := import platform, sys; \
	intel_mac = (sys.platform, platform.machine()) == ("darwin", "x86_64"); \
	sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12 if intel_mac else 13))
PAGES := backend/cbir/pages/index.html
PAGE_SOURCES := $(shell find frontend/src frontend/public -type f 2>/dev/null) frontend/index.html frontend/vite.config.ts
NEEDS := Python 3.11, 3.12 or 3.13 is needed (on an Intel Mac 3.11 or 3.12): TensorFlow has nothing for others. \
	Name one: make PYTHON=/path/to/python3.12
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c '$(FITS)' 2>/dev/null && echo $$name && break; done)

LOCK = $(UV) pip compile --universal --python-version 3.11 --only-binary :all: --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --upgrade --quiet

.DEFAULT_GOAL := help
.PHONY: help setup demo test e2e elasticsearch check bench screenshots format lock wheel clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready $(PAGES) ## Create the environment in .venv, compile the kernels, fetch the free weights

$(VENV)/.packages: requirements/dev.txt
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  $(or $(PYTHON),false) -c '$(FITS)' || { echo "$(NEEDS)" >&2; exit 1; }; \
	  echo "Setting up .venv (once; about 1.5 GB, TensorFlow is most of it)" >&2; \
	  $(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.ready: $(VENV)/.packages pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@$(BIN)/python -m cbir.kernels
	@$(CBIR) weights fetch vgg16-conv || echo "Going on without VGG16's weights; colour search works." >&2
	@touch $@

frontend/node_modules/.ready: frontend/package-lock.json frontend/.npmrc
	@node --version >/dev/null 2>&1 || { echo "Node 20.19 or later is needed for the web pages: https://nodejs.org" >&2; exit 1; }
	@npm --prefix frontend ci --no-progress --loglevel=error
	@touch $@

$(PAGES): frontend/node_modules/.ready $(PAGE_SOURCES)
	@npm --prefix frontend run --silent build -- --logLevel warn
	@touch $@

demo: setup ## Index a gallery and print ranked answers (FOLDER=~/Pictures for your own)
	@BIN=$(BIN) DEMO=$(DEMO) bash demo.sh

test: setup ## Run every test
	@npm --prefix frontend run --silent test
	@$(BIN)/python -m pytest -n 3 --dist worksteal $(PYTEST_ARGS)
	@npm --prefix frontend run --silent e2e

e2e: setup ## Run the tests in a browser alone
	@npm --prefix frontend run --silent e2e

elasticsearch: setup ## Run an Elasticsearch until Ctrl-C and print how to use it (ARGS="--nodes 3")
	@$(BIN)/python -m tests.elasticsearch_server $(ARGS)

check: setup ## Lint and check types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@npm --prefix frontend run --silent lint

bench: setup ## Print every measured figure (DATASETS=FOLDER with the labelled sets)
	@$(BIN)/python -m benchmarks $(if $(DATASETS),--datasets "$(DATASETS)")

screenshots: setup ## Make pictures of every page and state in .cache/screenshots (ARGS="--only search-results")
	@[ -d $(DEMO)/data/collections/demo ] || BIN=$(BIN) DEMO=$(DEMO) bash demo.sh >&2
	@node frontend/shots/run.mjs --cbir $(CBIR) --data $(DEMO)/data --gallery $(DEMO)/gallery $(ARGS)

format: setup ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@npm --prefix frontend run --silent format

lock: ## Pin the newest dependencies for every platform, with hashes (needs uv)
	@$(UV) --version >/dev/null || { echo "make lock needs uv: pip install uv, then make lock UV=/path/to/uv" >&2; exit 1; }
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(LOCK) pyproject.toml requirements/dev.in -o requirements/dev.txt
	$(LOCK) requirements/build.in -o requirements/build.txt

wheel: setup ## Build the wheel into dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove the environment, caches and the demo's data
	rm -rf $(VENV) .cache $(DEMO) build dist backend/cbir/pages frontend/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
