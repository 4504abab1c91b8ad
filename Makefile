# make help lists what there is. Everything runs in .venv, which is made on first use.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MINUTES ?= 3
# On Linux the registry's torch brings CUDA with it; PyTorch's own index has the CPU build of the same version.
PIP_FLAGS ?=

.PHONY: help install train play test slow check format sweep bench strength pages pictures clean

help: ## List these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed ## Set up .venv with qzero and the tools for its development

$(VENV)/.installed: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt -e ".[dev]"
	@touch $@

train: install ## Train Connect Four by self-play for 3 minutes, then say how strong it is and how to play it
	$(BIN)/qzero train connect4 --minutes $(MINUTES)

play: install ## Open the window: choose a game and whom to play
	$(BIN)/qzero play

# Two tests at a time, as a rule: more than four processes would only take turns in memory, compiling the same loops.
test: install ## Run the tests
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

slow: install ## Run the slow tests: strength from scratch, twenty kills
	$(BIN)/python -m pytest -m slow

check: install ## Lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install ## Format the code and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sweep: install ## Measure every idea of the lecture: the tables of docs/lecture-tables.md (more than an hour)
	$(BIN)/qzero sweep experiments/lecture.toml

bench: install ## Compare the engine's speed with OpenSpiel and Pgx
	$(BIN)/qzero bench engine

strength: install ## Train Connect Four for 10 minutes with each of three seeds and print the scoreboard (40 minutes)
	$(BIN)/qzero strength connect4 --minutes 10

pictures: install ## Draw the pictures of the window for the README and docs/
	$(BIN)/python -m arena.gui.offscreen.pictures docs

pages: install ## Play a tournament of each large game, shipped players against others: a page each in pages/
	$(BIN)/python experiments/pages.py

clean: ## Remove .venv and caches; runs stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
