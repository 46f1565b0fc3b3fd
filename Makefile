# Everything needs Python 3.11, 3.12 or 3.13 and make, and sets up what it needs in .venv.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
UV ?= $(shell command -v uv)
BIN := .venv/bin
PYTEST := $(BIN)/pytest --numprocesses logical --dist worksteal
FOR_SEARCH := .venv/installed-search
FOR_SERVICE := .venv/installed-service
FOR_ALL := .venv/installed-all
ifneq ($(UV),)
VENV = $(UV) venv --allow-existing --seed --python $(PYTHON) .venv
PIP = $(UV) pip install --python $(BIN)/python
else
VENV = $(PYTHON) -m venv .venv
PIP = $(BIN)/python -m pip install
endif

# Most processes of the tests import this package: without compiled modules on the disk each compiles 160 of them.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install search serve check test lint types tests test-slow test-long fuzz soak soak-ray null kinds processors memory bench bench-quick bench-mnist clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

search: $(FOR_SEARCH) ## search on the built-in digits and write the report
	$(BIN)/keras-search start --overwrite

serve: $(FOR_SERVICE) ## open the web service in a browser
	$(BIN)/keras-search serve --open

install: $(FOR_ALL) ## make .venv with everything: export formats, file formats, tools for development

$(FOR_SEARCH): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --constraint constraints.txt --editable .
	@touch $@

$(FOR_SERVICE): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --constraint constraints.txt --editable '.[service,export]'
	@touch $@ $(FOR_SEARCH)

$(FOR_ALL): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --constraint constraints.txt --editable '.[export,excel,parquet,ray,service,dev]'
	@touch $@ $(FOR_SEARCH) $(FOR_SERVICE)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "keras-search needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=/path/to/python3"; exit 1; }
	$(VENV)

check: test test-slow ## everything that CI checks

test: lint ## lint, and the types beside all tests but the slow ones
	@mkdir -p build; $(MAKE) --no-print-directory types >build/types.log 2>&1 & types=$$!; \
	$(MAKE) --no-print-directory tests; tests=$$?; \
	wait $$types; types=$$?; cat build/types.log; exit $$((tests || types))

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: install
	rm -rf build/typed build/lib && $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --target build/typed .
	MYPYPATH=build/typed $(BIN)/mypy --package keras_search

tests: install
	$(PYTEST) -m "not slow and not long"

test-slow: install ## the tests that take long by their nature
	$(PYTEST) -m slow

test-long: install ## the tests that take longer than CI has time for
	$(PYTEST) -m long

fuzz: install ## write the reports of thousands of odd studies
	KERAS_SEARCH_FUZZ=100 $(BIN)/pytest tests/tuner/report/test_odd_studies.py

soak: install ## kill a search 200 times, and the service 30 times, at random instants and compare the results
	$(BIN)/python tests/soak.py --kills 200
	$(BIN)/python tests/service_soak.py --kills 30

soak-ray: install ## kill 20 nodes of a Ray cluster and 10 searches on it, and compare the results
	$(BIN)/python tests/ray_soak.py

null: install ## compare a model with itself in twenty studies
	$(BIN)/python tests/null.py

kinds: install ## train some 70 kinds of models beside model.fit
	$(BIN)/python tests/kinds

processors: install ## run small searches as on narrower processors, and compare the bytes
	$(BIN)/python tests/processors

memory: install ## measure the memory of a search of 500 trials
	$(BIN)/python tests/memory.py

bench: install ## measure whole searches of nine kinds of networks beside KerasTuner, three times, and compare scores over seeds
	$(BIN)/python -m benchmarks.kinds --repetitions 3
	$(BIN)/python -m benchmarks.equality

bench-quick: install ## the same with a fifth of the data, in five minutes
	$(BIN)/python -m benchmarks.kinds --quick

bench-mnist: install ## measure dense networks on MNIST beside KerasTuner and Optuna, in some two hours
	$(BIN)/python -m benchmarks

clean: ## delete what was built
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
