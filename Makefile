# Two commands set up everything: `make run` opens the editor, `make test` runs all checks.
#
#   PYTHON=python3.12    another Python (3.11 or newer)
#   TORCH="..."          what to give to pip instead of the pinned torch, e.g. for an NVIDIA card

PYTHON ?= python3
TORCH ?=
BIN := .venv/bin
SETUP = $(PYTHON) packaging/setup/bootstrap.py --torch="$(TORCH)"
SHOTS := build/screenshots
ifneq ($(or $(DISPLAY),$(WAYLAND_DISPLAY),$(filter Darwin,$(shell uname -s))),)
HAS_SCREEN := yes
endif

.PHONY: run setup test coverage bench trust package screenshots pins clean python

run: setup
ifdef HAS_SCREEN
	@$(BIN)/writer
else
	@echo "There is no screen here; the tour shows the editor without one."
	@QT_QPA_PLATFORM=offscreen $(BIN)/writer tour --screenshots $(SHOTS)
	@echo "The screenshots are in $(SHOTS)"
endif

setup: python
	@$(SETUP)

test: python
	@$(SETUP) --test
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST)

# The same, and which lines no test reaches.
coverage: python
	@$(SETUP) --test
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest --cov --cov-report=term $(PYTEST)

# Every page, in both themes, both languages and three scalings; the tour's pictures; the moving one of README.
screenshots: setup
	@$(BIN)/python -m tests.ui.screenshots $(SHOTS)
	@QT_QPA_PLATFORM=offscreen $(BIN)/writer tour --screenshots $(SHOTS)
	@$(BIN)/python -m tests.ui.moving_picture resources/readme.png

# Beside its peers, each installed into build/peers once; BENCH="--quick" shows that it runs, --help the options.
bench: setup
	@$(BIN)/python -m tests.benchmarks.bench $(BENCH)

# What is promised under damage, hostility and bad luck, at full size; TRUST="journal-damage" runs one row.
trust: python
	@$(SETUP) --test
	@$(BIN)/python -m tests.trust.scorecard $(TRUST)

# The program as a folder, a .deb and a .tar.gz in dist/; FLAVOUR=cuda TORCH="..." for NVIDIA cards.
package: python
	@$(SETUP) --package
	@$(BIN)/python packaging/bundle/build.py --flavour $(or $(FLAVOUR),cpu)
	@$(BIN)/python packaging/linux/package.py

# Writes constraints.txt anew: versions stay where pyproject.toml allows them; UPGRADE=yes takes the newest.
pins: python
	@$(PYTHON) packaging/setup/bootstrap.py --pins $(if $(UPGRADE),--upgrade)

clean:
	rm -rf .venv build dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Writer needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
