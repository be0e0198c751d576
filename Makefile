# Windrow. `make` lists the targets; `make demo` and `make test` do all the set-up they need.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STATE ?= .localazure
PORT ?= 7071
# Tests with a cloud wait a good part of their time: one process more than two cores.
WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help setup demo up train deploy-model switch-back cost simulate quarantine stream-analytics test test-fast check format schema \
	fidelity sql-schema lock clean

help: ## Lists the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The virtual environment follows the pinned requirements; nothing happens while they stay the same.
$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Windrow needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the pinned requirements into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		"$$(sed -nE 's/^(uv==[^ ]+).*/\1/p' requirements-dev.txt)"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements-dev.txt
	@touch $@

setup: $(STAMP) ## Makes the virtual environment and the local settings
	@$(PYTHON) commands/local_settings.py local.settings.sample.json local.settings.json

demo: setup ## Scores a day of a fleet, then a stream. EVENTS=10000000, STREAM=no, INPUT=file.csv PIPELINE=readings
	@$(BIN)/python -m demo $(if $(EVENTS),--events $(EVENTS)) $(if $(INPUT),--input "$(INPUT)") \
		$(if $(PIPELINE),--pipeline $(PIPELINE)) $(if $(SEED),--seed $(SEED)) \
		$(if $(filter no,$(STREAM)),--no-stream)

up: setup ## The stand-in and the app, until Ctrl-C. PORT=7071 STATE=.localazure
	@$(BIN)/python -m localazure up --app . --state $(STATE) --port $(PORT)

train: setup ## Trains a pipeline's model, while `make up` runs. PIPELINE=fleet_health FROM=2026-01-01 TO=2026-01-08
	@$(BIN)/python -m commands train "$(PIPELINE)" --state $(STATE) --from "$(FROM)" --to "$(TO)" \
		$(if $(INPUT),--input "$(INPUT)") $(if $(SEED),--seed $(SEED)) \
		$(if $(LABELS),--labels "$(LABELS)") $(ARGS)

deploy-model: setup ## Deploys the model to Azure ML, or to the local cloud. PLAN=yes DEPLOYMENT=file SLOT=green SWITCH=yes
	@$(BIN)/python -m deploy_model $(if $(filter yes,$(PLAN)),plan,apply) \
		$(if $(DEPLOYMENT),--deployment $(DEPLOYMENT)) $(if $(SLOT),--slot $(SLOT)) \
		$(if $(filter yes,$(SWITCH)),--switch) $(if $(AZUREML_WORKSPACE),,--state $(STATE))

switch-back: setup ## Makes the deployment that was the endpoint's default before the default again
	@$(BIN)/python -m deploy_model switch-back $(if $(AZUREML_WORKSPACE),,--state $(STATE))

cost: setup ## What a pipeline's nodes cost in a month, and what the policy would do. PIPELINE=fleet_health ARGS="--price 0.29"
	@$(BIN)/python -m commands cost "$(or $(PIPELINE),fleet_health)" --state $(STATE) $(ARGS)

simulate: setup ## Streams a fleet into an Event Hub until Ctrl-C. RATE=200 DEVICES=20 DURATION=600 ARGS="--faults 3"
	@$(BIN)/python -m simulate --state $(STATE) $(if $(RATE),--rate $(RATE)) \
		$(if $(DEVICES),--devices $(DEVICES)) $(if $(DURATION),--duration $(DURATION)) \
		$(if $(SEED),--seed $(SEED)) $(ARGS)

quarantine: setup ## Lists a stream's events that broke rules. PIPELINE=fleet_stream
	@$(BIN)/python -m commands quarantine list "$(or $(PIPELINE),fleet_stream)" --state $(STATE)

stream-analytics: setup ## Prints a pipeline's Stream Analytics query. PIPELINE=fleet_stream
	@$(BIN)/python -m commands stream-analytics "$(or $(PIPELINE),fleet_stream)"

test: setup ## All tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

test-fast: setup ## The tests of rules: no cloud is started, half a minute
	@$(BIN)/python -m pytest -q tests/domain tests/orchestrators tests/activities tests/triggers \
		tests/commands tests/simulate

check: setup ## Format, lint, doors, types, generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy
	@$(BIN)/python -m adapters.pipeline_schema --check pipelines/pipeline.schema.json
	@$(BIN)/check-jsonschema --schemafile pipelines/pipeline.schema.json pipelines/*.yml
	@$(BIN)/python -m localazure fidelity --check docs/fidelity.md

format: setup ## Formats the code, and sorts what can be sorted
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schema: setup ## Writes pipelines/pipeline.schema.json, the JSON Schema for editors
	@$(BIN)/python -m adapters.pipeline_schema pipelines/pipeline.schema.json

fidelity: setup ## Writes docs/fidelity.md, what localazure imitates and how well
	@$(BIN)/python -m localazure fidelity > docs/fidelity.md

sql-schema: setup ## Prints the T-SQL of all tables
	@$(BIN)/python -m adapters.scores_db.schema

lock: setup ## Pins requirements*.in again
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
		--no-header requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
		--no-header requirements-dev.in -o requirements-dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.13 --no-emit-index-url \
		--no-header requirements-worker.in -o requirements-worker.txt

clean: ## Removes what was made here: the environment, the stand-in's state, output
	@rm -rf $(VENV) .worker $(STATE) out scoring_model/models .mypy_cache .ruff_cache .pytest_cache
