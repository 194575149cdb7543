# zpdgym: set up, try, test. Everything lives in .venv; the versions are those of constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.DELETE_ON_ERROR:
.PHONY: setup demo test test-slow pages check lint docs bench clients wheel

setup: $(STAMP)

# torch goes first: the pin decides which build is taken, before another package asks for any torch
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) torch
	$(PIP) --editable '.[rl,tune,track,report,figures,parquet,sweep,cluster,docs,dev]'
	-$(BIN)/zpdgym warm # kernels that are not there are compiled when they are used: no reason to stop
	@touch $@

demo: setup
	$(BIN)/zpdgym compare experiment=quickstart

# The second pass runs the kernels as plain Python, because coverage cannot see compiled lines.
test: setup
	rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -q -n 2 -m "not slow" --cov --cov-report=
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -n 2 -m "kernels and not slow" --cov --cov-append --cov-report=
	$(BIN)/python -m coverage report --skip-covered --fail-under=95

test-slow: setup
	$(BIN)/python -m pytest -q -n 2 -m slow

# The pages in a real browser, Chromium: where there is none, this fails.
pages: setup
	ZPDGYM_PAGES=required $(BIN)/python -m pytest -q -k "browser or test_play" tests/experiments/report/test_browser.py tests/experiments/packed/test_play.py tests/experiments/play/test_browser_play.py

# What changed since this branch left main: its lint, its types, its nearest tests; under a minute on two cores.
check: setup
	$(BIN)/python -m tests.tools.check

# Everything.
lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

# The site with its gallery in site/html; whatever is doubtful (a link, a name, another host) is an error.
docs: setup
	$(BIN)/python -m benchmarks.site

bench: setup
	@set -e; for script in simulator large students beliefs policies training passing; do echo "== $$script"; $(BIN)/python -m benchmarks.$$script; done

# Libraries and programs that nobody here wrote, each in an environment of its own below .clients/: minutes, gigabytes.
clients: setup
	$(BIN)/python -m benchmarks.clients

# The wheel is built from the sdist, so that an sdist with something missing is noticed.
wheel: setup
	rm -rf dist build
	$(BIN)/python -m build --no-isolation
