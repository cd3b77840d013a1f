# Every target makes what it needs, with nothing on the machine but Python 3.11 or newer and make.
# `make PYTHON=/path/to/python ...` chooses the interpreter; SMTP_PORT, IMAP_PORT, IMAPS_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT, HTTP_PORT, SINK_PORT and STATE are for `make local`.

.DEFAULT_GOAL := help
.PHONY: help local test lint e2e bench peers clients build panel publish clean laptop-env dev-env emulator-env sam-env
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
UV := .venv/bin/uv
ENVIRONMENT := PYTHON='$(PYTHON)' tools/environment.sh
WORKERS ?= 2
PYTEST := $(PY) -m pytest -q
LOCAL_OPTIONS := $(if $(STATE),--state '$(STATE)') $(if $(SMTP_PORT),--smtp-port '$(SMTP_PORT)') \
	$(if $(IMAP_PORT),--imap-port '$(IMAP_PORT)') $(if $(IMAPS_PORT),--imaps-port '$(IMAPS_PORT)') \
	$(if $(SUBMISSION_PORT),--submission-port '$(SUBMISSION_PORT)') $(if $(SUBMISSIONS_PORT),--submissions-port '$(SUBMISSIONS_PORT)') \
	$(if $(HTTP_PORT),--http-port '$(HTTP_PORT)') $(if $(SINK_PORT),--sink-port '$(SINK_PORT)') $(if $(OPTIONS),$(OPTIONS))

help: ## show this
	@echo "Pratique. Needs Python 3.11 or newer; each target does its own set-up."
	@sed -n 's/^\([a-z0-9]*\):.*## /  make \1 /p' Makefile | awk '{ printf "  make %-7s", $$2; $$1 = $$2 = ""; print }'

local: laptop-env emulator-env ## run the whole product on this machine (Ctrl-C ends it)
	@exec $(PY) -m local $(LOCAL_OPTIONS)

# By file: an installation, an emulator or a corpus is set up once for a file. (loadgroup does nothing with pytest 9.2 and xdist 3.8.)
test: lint build ## lint, build what is deployed, then every test
	$(PYTEST) -n $(WORKERS) --dist loadfile

lint: dev-env emulator-env sam-env ## style, types, import rules, templates
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	AWS_DEFAULT_REGION=eu-west-1 .venv/bin/cfn-lint --append-rules cfn_lint_serverless.rules --template template.yaml stacks/alarms.yaml stacks/imap.yaml stacks/panel.yaml
	AWS_DEFAULT_REGION=eu-west-1 SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint

e2e: dev-env emulator-env ## the end-to-end tests only
	$(PYTEST) -n 0 tests/e2e

bench: dev-env emulator-env ## figures: see bench/
	$(PY) -m bench

peers: dev-env ## other filters on the same mail: TREC06P=index.tsv PHISHING=index.tsv
	$(PY) -m bench.field $(if $(TREC06P),--trec06p '$(TREC06P)') $(if $(PHISHING),--phishing '$(PHISHING)') --write

clients: ## what the test with a JavaScript mail client wants (needs npm); without it that test is skipped
	cd tests/gateway/clients/imapflow && npm ci --no-audit --no-fund

build: dev-env sam-env ## what `sam deploy` uploads, in .aws-sam/build (no Docker)
	env -u MAKEFLAGS SAM_CLI_TELEMETRY=0 PYTHON='$(CURDIR)/$(PY)' .venv-sam/bin/sam build

panel: ## build panel/dist from its sources (needs npm); what is built is committed
	cd panel && npm ci --no-audit --no-fund --ignore-scripts --silent && npm run --silent check && npm run --silent build

publish: dev-env ## put the panel where CloudFront serves it: STACK=name of the deployed stack
	$(PY) tools/publish_panel.py '$(STACK)'

clean: ## remove environments, builds and caches; mail kept by `make local` stays in .local
	rm -rf .venv .venv-emulator .venv-sam .aws-sam build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .local/build
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# A development environment holds all that a laptop's has, so `make local` takes either. The others are filled by its uv: it comes first.
.NOTPARALLEL:

laptop-env:
	@case "$$(cat .venv/.made-from 2>/dev/null)" in requirements/dev.txt*) lock=dev;; *) lock=laptop;; esac; \
	$(ENVIRONMENT) .venv requirements/$$lock.txt
	@$(PY) tools/link.py

dev-env:
	@$(ENVIRONMENT) .venv requirements/dev.txt
	@$(PY) tools/link.py

emulator-env:
	@$(ENVIRONMENT) .venv-emulator requirements/emulator.txt $(UV)

sam-env:
	@$(ENVIRONMENT) .venv-sam requirements/sam.txt $(UV)
