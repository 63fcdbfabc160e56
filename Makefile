# Two commands do everything: `make run` fits a data set, `make test` is the whole check. `make help` lists the rest.
# Needed beforehand: Python 3.11 or later with its headers and venv, a C++20 compiler, make. pip brings cmake and ninja.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
EXTRAS := tables,units,plot,docs,test,dev
NATIVE_SOURCES := CMakeLists.txt $(shell find cpp/include cpp/src cpp/bindings -name '*.[ch]pp')

# `make run` alone fits the planets; a file of your own comes with its target.
ifndef DATA
DATA := examples/kepler.csv
TARGET ?= period
endif

.PHONY: help
help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	echo "  make run DATA=file.csv TARGET=y    the same with a file of your own (further options in ARGUMENTS)"

# ---------------------------------------------------------------------------------------------------- use

.PHONY: run
run: $(VENV)/installed ## Install into .venv, fit the planets of examples/kepler.csv and print the law
	@if [ -z "$(TARGET)" ]; then
	  echo 'Say which column is to be explained: make run DATA="$(DATA)" TARGET=column' >&2
	  exit 2
	fi
	$(BIN)/sagredo fit "$(DATA)" --target "$(TARGET)" $(ARGUMENTS)

# ---------------------------------------------------------------------------------------------------- set-up

$(BIN)/python:
	@if ! command -v "$(PYTHON)" > /dev/null; then
	  echo "Python 3.11 or later is needed, and '$(PYTHON)' was not found. On Debian: apt install python3 python3-venv python3-dev" >&2
	  exit 2
	fi
	if ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
	  echo "Python 3.11 or later is needed; '$(PYTHON)' is $$("$(PYTHON)" --version). Name another with: make PYTHON=python3.12 ..." >&2
	  exit 2
	fi
	if ! "$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null; then
	  echo "This Python cannot make virtual environments. On Debian: apt install python3-venv" >&2
	  exit 2
	fi
	if ! "$(PYTHON)" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'; then
	  echo "Python.h was not found: the native core needs Python's headers. On Debian: apt install python3-dev" >&2
	  exit 2
	fi
	if ! command -v "$${CXX:-g++}" > /dev/null; then
	  echo "A C++20 compiler is needed, and '$${CXX:-g++}' was not found. On Debian: apt install g++" >&2
	  exit 2
	fi
	echo "Making the virtual environment $(VENV)"
	"$(PYTHON)" -m venv $(VENV)

# The install is editable: Python files take effect at once, and only these prerequisites call for another install.
$(VENV)/installed: $(BIN)/python pyproject.toml $(NATIVE_SOURCES)
	@echo "Installing Sagredo and building its native core (one to three minutes the first time)"
	$(PIP) install --editable '.[units]'
	touch $@

$(VENV)/installed-dev: $(BIN)/python pyproject.toml $(NATIVE_SOURCES)
	@echo "Installing Sagredo with its development tools and building its native core (two to five minutes the first time)"
	$(PIP) install --editable ".[$(EXTRAS)]"
	touch $(VENV)/installed $@

.PHONY: dev
dev: $(VENV)/installed-dev ## Install with everything a developer needs

.PHONY: native
native: $(VENV)/installed ## Build the native core again
	@$(PIP) install --editable . --no-deps --force-reinstall
	touch $(VENV)/installed

# ---------------------------------------------------------------------------------------------------- checks

.PHONY: test
test: ## The whole check: lint, types, layers, tests, C++ under sanitizers, documentation
	@started=$$SECONDS
	for check in dev lint types layers pytest sanitize docs; do
	  check_started=$$SECONDS
	  echo "== $$check"
	  $(MAKE) --no-print-directory $$check
	  echo "== $$check passed in $$((SECONDS - check_started)) s"
	done
	echo "All checks passed in $$((SECONDS - started)) s"

.PHONY: lint
lint: $(VENV)/installed-dev ## Ruff: rules and format
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/installed-dev ## mypy, strict
	@$(BIN)/mypy

.PHONY: layers
layers: $(VENV)/installed-dev ## The direction of imports
	@$(BIN)/lint-imports

.PHONY: pytest
pytest: $(VENV)/installed-dev ## The Python tests
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadscope --durations 10

.PHONY: sanitize
sanitize: $(VENV)/installed-dev ## The C++ tests under address and undefined-behaviour sanitizers
	@export PATH="$(CURDIR)/$(BIN):$$PATH"
	cmake -S . -B build/sanitize -G Ninja -DCMAKE_BUILD_TYPE=Debug -DSAGREDO_CPP_TESTS=ON -DSAGREDO_SANITIZE=ON > /dev/null
	cmake --build build/sanitize --parallel $(WORKERS)
	ctest --test-dir build/sanitize --output-on-failure

.PHONY: docs
docs: $(VENV)/installed-dev ## The documentation, in docs/_build (warnings are errors)
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build
	echo "Open docs/_build/index.html"

.PHONY: pictures
pictures: $(VENV)/installed-dev ## The pictures of the documentation, from examples/
	@$(BIN)/python docs/make_pictures.py

# ---------------------------------------------------------------------------------------------------- housekeeping

.PHONY: format
format: $(VENV)/installed-dev ## Format the Python files and order their imports
	@$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: clean
clean: ## Remove what the other targets made, .venv included
	@rm -rf $(VENV) build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests docs examples -name __pycache__ -type d -prune -exec rm -rf {} +
