# `make demo` and `make test` need only Python >= 3.11, pip and make.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo notebook notebooks test docs lint types contract check package measure pictures atlas check-tex benchmarks clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv .venv

# What is installed, by the extra that it came with; made again when the project's metadata change.
.venv/installed-%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

demo: .venv/installed-data .venv/installed-plot  ## install the package in .venv and validate theory on real data
	$(BIN)/feyn-nn validate examples/digits_tanh.toml --diagrams demo-diagrams --plot demo-diagrams/theory-and-simulation.svg

notebook: .venv/installed-notebook .venv/installed-data .venv/installed-plot  ## open Jupyter with the first notebook
	$(BIN)/jupyter trust notebooks/*.ipynb  # or Jupyter hides their diagrams until each cell is run
	$(BIN)/jupyter lab notebooks/first_diagram.ipynb

notebooks: .venv/installed-notebook .venv/installed-data .venv/installed-plot  ## run every notebook again from its .py
	$(BIN)/jupytext --to ipynb --execute notebooks/*.py

test: .venv/installed-test  ## install what the tests need and run them
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests

docs: .venv/installed-docs  ## build the documentation in docs/_build/html; executes the notebooks
	$(BIN)/sphinx-build -n -W --keep-going -q docs docs/_build/html
	$(BIN)/python docs/check_site.py docs/_build/html

lint: .venv/installed-dev  ## style of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev  ## static types
	$(BIN)/mypy

contract: .venv/installed-dev  ## who may import whom
	$(BIN)/lint-imports

package: .venv/installed-dev  ## build wheel and sdist, install each into an empty environment and use it
	.ci/package $(BIN)/python

check: lint types contract test  ## everything that must hold

measure: .venv/installed-test  ## bring the sampling campaigns in tests/data up to date (minutes; DASK=tcp://host:8786)
	$(BIN)/python -m tests.data.measure $(if $(DASK),--dask $(DASK)) $(CAMPAIGNS)

pictures: .venv/installed-data  ## judge all pictures of the atlas and thousands of random ones; kept in tests/data (minutes)
	$(BIN)/python tests/support/judge_pictures.py

atlas: .venv/installed-data  ## draw diagrams/ again, after a change of generator or drawing (minutes)
	$(BIN)/feyn-nn atlas diagrams

check-tex: .venv/installed-data  ## compile every TikZ picture of the atlas, where pdflatex is installed
	$(BIN)/python diagrams/check_tex.py

benchmarks: .venv/installed-data  ## speed, as ratios measured in one run
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/generation.py
	$(BIN)/python benchmarks/perturbation.py --many
	$(BIN)/python benchmarks/sampling.py 2

clean:  ## remove what was built
	rm -rf .venv demo-diagrams .pytest_cache .mypy_cache .ruff_cache .hypothesis
