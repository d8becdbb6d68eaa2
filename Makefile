# Two commands matter: `make run` and `make test`. Both work in a fresh clone and do the slow part once.
#   make run ARGS="--no-browser --port 9000"        make test ARGS="-k frames"

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile

# What Python compiles is kept in the environment, also where the system says not to: each of a hundred processes of the tests
# would compile everything anew.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/compiled

.PHONY: run test lint types conformance bench coverage clean

run: $(VENV)/stamp-run
	@exec $(BIN)/backprop-lab $(ARGS)

# Node's tests come first, then what measures time, alone; the rest runs on two cores. What fails there, beside others, is run
# once more by itself, and is red if it fails again; the last line is a summary either way. (5: no test was chosen.)
test: $(VENV)/stamp-test chromium
	@status=0; again=0; \
	files=$$(find tests -name '*.test.js' -o -name '*.test.mjs'); \
	if [ -z "$$files" ]; then :; \
	elif command -v node >/dev/null 2>&1; then node --test $$files || status=1; \
	else echo "Node is not installed: the JavaScript unit tests are skipped."; fi; \
	judge() { case $$1 in 0|5) ;; 1) again=1 ;; *) status=1 ;; esac; }; \
	$(BIN)/python -m pytest -m alone $(ARGS); judge $$?; \
	$(BIN)/python -m pytest -m "not alone" -n 2 --dist loadfile --no-loadscope-reorder $(ARGS); judge $$?; \
	if [ $$again = 1 ]; then \
	  echo "What failed is run once more, by itself:"; \
	  $(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(ARGS) || status=1; fi; \
	exit $$status

lint: $(VENV)/stamp-lint
	@$(BIN)/ruff check .

types: $(VENV)/stamp-lint
	@$(BIN)/mypy

# Every op, optimizer and schedule against published numbers, computed on the spot.
conformance: $(VENV)/stamp-run
	@$(BIN)/python -m engine.conformance

bench: $(VENV)/stamp-test chromium
	@$(BIN)/python tests/benchmarks/engine.py
	@$(BIN)/python tests/benchmarks/page.py
	@$(BIN)/python tests/benchmarks/server.py

# What the tests without a browser run of engine and app, in five minutes; fails below the figure in pyproject.toml.
coverage: $(VENV)/stamp-test
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n 2 --dist loadfile -m "not alone and not browser" $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

clean:
	rm -rf $(VENV)

# --- the environment: each stamp is newer than pyproject.toml once its packages are in ---

$(VENV)/stamp-run: pyproject.toml | $(VENV)/stamp-venv
	@echo "Installing Backprop Lab into $(VENV) (once; about a minute) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/stamp-test: pyproject.toml | $(VENV)/stamp-venv
	@echo "Installing Backprop Lab and what its tests need into $(VENV) (once) ..."
	@$(PIP) --editable '.[test]'
	@touch $(VENV)/stamp-run $@

$(VENV)/stamp-lint: pyproject.toml | $(VENV)/stamp-venv
	@echo "Installing Backprop Lab, ruff and mypy into $(VENV) (once) ..."
	@$(PIP) --editable '.[test,lint]'
	@touch $(VENV)/stamp-run $(VENV)/stamp-test $@

# A candidate is run, not only looked up: a pyenv shim exists for versions that are not there.
$(VENV)/stamp-venv:
	@python=; \
	for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Backprop Lab needs Python 3.11 or newer, and none was found ($$(python3 --version 2>&1))." >&2; \
	  echo "Install one from https://www.python.org/downloads/ or name yours: make run PYTHON=/path/to/python3" >&2; \
	  exit 1; fi; \
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "$$python cannot make virtual environments: its venv or ensurepip module is missing." >&2; \
	  echo "On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; \
	  exit 1; fi; \
	echo "Making $(VENV) with $$("$$python" --version) ..."; \
	"$$python" -m venv $(VENV)
	@touch $@

# Whole flows run in a real Chromium; as root on Debian we fetch its shell, which is faster without a screen, elsewhere any
# installed Chrome serves.
.PHONY: chromium
chromium: $(VENV)/stamp-venv
	@if [ -z "$$CHROMIUM" ] && ! command -v chromium-headless-shell >/dev/null 2>&1 \
	    && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "Installing Chromium and a Chinese font for the browser tests (once) ..."; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && { \
	    apt-get install -y -qq --no-install-recommends chromium-headless-shell fonts-noto-cjk >/dev/null \
	    || apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; } \
	  || $(BIN)/python tests/chromium.py >/dev/null; \
	fi
