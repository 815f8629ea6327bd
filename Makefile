# `make run` needs Python 3.11 or newer and nothing else. `make needs` says what `make test` needs besides.
.DEFAULT_GOAL := help
.PHONY: help run needs lint test test-sqlite test-postgres test-live bench torture pages shots lock clean

# Without compiled files each of the tests' many processes would compile everything anew. What only runs compiles what it
# imports, at its first start: all of it would be another 45 MB.
unexport PYTHONDONTWRITEBYTECODE

VENV ?= .venv
BIN := $(VENV)/bin
FIT := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach name,python3.13 python3.12 python3.11 python3,$(shell $(name) -c '$(FIT)' 2>/dev/null && echo $(name))))
# The build's own tools come from the constraints as well; newer versions of pip read the second name.
PIP := PIP_CONSTRAINT=$(CURDIR)/constraints.txt PIP_BUILD_CONSTRAINT=$(CURDIR)/constraints.txt \
       PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet
GROUPS := --group test --group lint --group bench
PYTEST := $(BIN)/python -m pytest
QUICK := -n 3 --dist loadgroup -m "not browser and not peer and not torture"
BIOME := tools/lint/node_modules/.bin/biome

help:
	@echo "make run      install and start; prints the address and a sign-in link"
	@echo "make test     lint, then all tests: SQLite, PostgreSQL, browser, peers"
	@echo "make lint     lint alone"
	@echo "make bench    measure; prints a table and writes build/bench.json"
	@echo "make torture  the long form of the tests that kill processes"
	@echo "make pages    write the reference of the channels and the model cards anew"
	@echo "make shots    take the screenshots of the README anew"
	@echo "make lock     choose the newest allowed versions and write constraints.txt"
	@echo "make clean    remove what was built"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Amends needs Python 3.11 or newer with venv (Debian: apt install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV)." >&2
	@$(PIP) --no-compile --editable .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@echo "Installing what the tests need into $(VENV)." >&2
	@$(PIP) 'pip>=25.1'
	@$(PIP) $(GROUPS)
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@touch $@

$(BIOME): tools/lint/package-lock.json
	@cd tools/lint && npm ci --silent
	@touch $@

run: $(VENV)/.installed
	@$(BIN)/amends up --link

needs:
	@sh tools/needs.sh

lint: $(VENV)/.tested $(BIOME)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint src/amends --lint --quiet
	$(BIOME) ci --config-path tools/lint --error-on-warnings src/amends

test: needs lint test-sqlite test-postgres test-live

test-sqlite: $(VENV)/.tested
	$(PYTEST) $(QUICK)

test-postgres: $(VENV)/.tested
	$(PYTEST) $(QUICK) --postgres

test-live: $(VENV)/.tested
	@sh tests/peers/install.sh
	$(PYTEST) -n 3 --dist loadgroup -m "(browser or peer) and not torture" tests/acceptance tests/peers src/amends/desk

torture: needs $(VENV)/.tested
	$(PYTEST) -m torture --timeout 0
	$(PYTEST) -m torture --timeout 0 --postgres

bench: $(VENV)/.tested
	@$(BIN)/python -m benchmarks

pages: $(VENV)/.installed
	$(BIN)/python -m docs.pages

shots: $(VENV)/.tested
	$(BIN)/python docs/shots.py

lock: $(VENV)/.tested
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --no-annotate --no-header --no-emit-index-url \
		--no-emit-find-links --group build $(GROUPS) --output-file constraints.txt pyproject.toml
	cd tools/lint && npm update --silent

clean:
	rm -rf build dist .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tools/lint/node_modules $(VENV)
