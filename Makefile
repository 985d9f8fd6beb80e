# Two commands: `make repro` runs the pipeline, `make test` the tests. Each makes .venv on its first call, and the second adds
# what tests need. `make repro LIGHT=1` leaves torch and transformers out (docs/operations.md).
SHELL := /bin/sh
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export MLFLOW_BACKEND_STORE_URI := sqlite:///mlruns/mlflow.db
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION := false

.PHONY: help repro demo tune test bench lint ui serve lock venv dev clean

help:           ## what there is
	@grep -hE '^[a-z]+:.*##' Makefile | sed -e 's/:.*##/\t/'

repro: venv     ## run the pipeline: only what changed; LIGHT=1: in a .venv without torch and transformers
	@python runner.py repro

demo: venv      ## the sample shop: pipeline, service, runner, MLflow UI and a page that links them, until Ctrl-C
	@python -m ops.demo.command $(ARGS)

tune: venv      ## search better params on the validation fold; `python runner.py tune --apply` writes them
	@python runner.py tune

test: dev       ## run the tests
	@python -m pytest -n 2 --dist loadgroup

bench: dev      ## measure the speed of all into bench/results/speed.md; ARGS=--quick tiny, ARGS=--scale to 20 million rows
	@python -m bench.speed.report $(ARGS)

lint: dev       ## check style, types and the floors of the house
	@ruff check . && ruff format --check . && mypy && lint-imports --no-logo

ui: venv        ## MLflow UI on http://127.0.0.1:5000; it prints the address that opens it on the models
	@python -m ops.ui

serve: venv     ## the recommendation service on http://127.0.0.1:8000 (the model in production); ARGS="--port 8001"
	@python service.py $(ARGS)

# .venv is made anew only when the lock file differs from the one that it was made of; what it lacks is added.
venv:           ## make .venv; LIGHT=1 without torch and transformers, LIGHT=0 adds them
	@sh tools/make_venv.sh $(if $(LIGHT),$(if $(filter 0,$(LIGHT)),main,light),any)

dev:
	@sh tools/make_venv.sh main dev

lock:           ## choose exact versions anew (then run the tests)
	@sh tools/make_lock.sh

clean:          ## remove .venv and caches; data, models and mlruns stay
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache
