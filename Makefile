# Every target installs what it needs. Python 3.11+, Git and make are all it asks of a machine.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# Tests share one machine with an API server: more workers than cores only make them slower.
WORKERS ?= 3
IMAGE   ?= inference-operator:0.1.0

.DEFAULT_GOAL := help
.PHONY: help venv demo test proof e2e lint format image docs bench crds constraints clean

help: ## show the targets
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /  \1\t/' | expand -t 16

venv: $(STAMP) ## make .venv with everything: operator, demo, tests
$(STAMP): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: $(STAMP) ## cluster, simulated provider, operator and a sample, narrated (DEMO_ONCE=1 checks itself and exits)
	$(BIN)/inference-operator demo $(if $(DEMO_ONCE),--once)

test: $(STAMP) ## the whole suite, with samples of the long proofs
	$(BIN)/inference-operator cluster binaries
	$(BIN)/python -m tests.programs test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

proof: $(STAMP) ## the long proofs at full count
	$(BIN)/inference-operator cluster binaries
	$(BIN)/python -m tests.programs proof
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m proof --proof $(ARGS)

e2e: $(STAMP) ## image and chart on a cluster with a node, through their whole life (E2E_CLUSTER=kind: see docs/development.md)
	$(BIN)/inference-operator cluster binaries
	$(BIN)/python -m tests.programs e2e
	E2E=1 $(BIN)/python -m pytest -x -v -s tests/e2e/node $(ARGS)

lint: $(STAMP) ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## rewrite the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

image: ## the operator's image, with Docker, Podman or Buildah (IMAGE=registry/name:tag)
	$(PYTHON) -m tools.image $(IMAGE)

docs: $(STAMP) ## the documentation as a site, in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(STAMP) ## measure, side by side, and print ratios (ARGS=scale: over an hour, see docs/benchmarks.md)
	$(BIN)/inference-operator cluster binaries
	$(BIN)/python -m benchmarks $(ARGS)

crds: $(STAMP) ## render crds/, and the chart's, from the models
	$(BIN)/inference-operator crds --output crds
	cp crds/*.yaml charts/inference-operator/files/crds/

constraints: ## resolve the pinned, hashed dependencies anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-emit-index-url --no-header pyproject.toml -o constraints.txt $(ARGS)

clean: ## remove what the targets made here
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist
