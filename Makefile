# Everything a newcomer, a developer and continuous integration run. `make` lists it.
.DEFAULT_GOAL := help
python := .venv/bin/python

# What one process has compiled serves the hundreds after it, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list these
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: install
install: ## put what the product needs into .venv, with hashes checked
	@.ci/install requirements.txt

.PHONY: demo
demo: install ## run the product with made-up people; Ctrl-C stops it
	@$(python) manage.py demo

.PHONY: develop
develop: ## put the tests and tools into .venv, too
	@.ci/install requirements-dev.txt

.PHONY: test
test: develop ## run every check: format, lint, types, imports, tests on both databases, browser
	@$(python) -m tests.checks

.PHONY: coverage
coverage: develop ## run the tests on SQLite once more and list the lines and branches none sees
	@$(python) -m tests.checks coverage

.PHONY: bench
bench: develop ## measure how fast texts leave, with peers; half an hour
	@$(python) -m tests.bench dispatch

.PHONY: evidence
evidence: develop ## all figures and faults in full, dated into docs/evidence/; four hours at most
	@$(python) -m tests.evidence

.PHONY: audit
audit: develop ## strangers' scanners over the code and a running demo; a summary of what they find
	@.ci/install requirements-audit.txt .venv-audit
	@.ci/install requirements-scan.txt .venv-scan --no-binary yaswfp,pyperclip,urwid-mitmproxy
	@$(python) -m tests.audit

.PHONY: format
format: develop ## put the code in the one format
	@$(python) -m ruff format .
	@$(python) -m ruff check --fix .

.PHONY: messages
messages: develop ## bring the translation catalogues up to date and compile them
	@$(python) -m tests.messages update
	@$(python) -m tests.messages compile

.PHONY: lock
lock: ## lock the requirements anew after a change in pyproject.toml
	@.ci/lock

.PHONY: clean
clean: ## remove what can be made again; the data in var/ stays
	@rm -rf .venv .venv-audit .venv-scan .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
