# Everything a fresh clone needs is made here, from Python 3.11 and make alone; all of it stays inside this folder.
#
#   make run     set up, then serve the demonstration on http://127.0.0.1:8000 (PORT=… for another port)
#   make test    the import contracts and all tests           (ARGS="-k word tests/rounds" narrows)
#   make check   style, types, the import contracts, all tests
#   make setup   only what `make run` needs
#   make bundle  dist/venture.tar.gz for a server without a way out: wheels, built assets, a start file
#   make locks   resolve the dependencies anew (needs uv)

.DEFAULT_GOAL := setup
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: setup setup-dev run test check bundle locks clean stale

BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check -qq install --no-input
# The Node of .venv, never the machine's; its cache stays in .venv too.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm_config_cache="$(CURDIR)/.venv/.npm" npm_config_update_notifier=false npm
MANIFEST := venture/static/dist/manifest.json
FRONTEND := frontend/build.mjs $(shell find frontend/css frontend/js 2>/dev/null)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard venture/translations/*/LC_MESSAGES/messages.po))
# A .venv that was moved, or whose Python is gone, is made anew.
STALE := $(shell [ ! -e .venv/.made ] || { grep -qsF '$(CURDIR)/$(BIN)/python' $(BIN)/pip && $(BIN)/python -c ''; } \
	2>/dev/null || echo stale)

setup: .venv/.project $(MANIFEST) $(CATALOGUES)
	@echo 'Set up.'

setup-dev: setup .venv/.dev

run: setup
	@exec $(BIN)/venture run --demo

# embedded PostgreSQL wants a private folder with a short name for its socket.
test: setup-dev
	@$(BIN)/lint-imports --no-logo
	@if [ -z "$$XDG_RUNTIME_DIR" ]; then \
		XDG_RUNTIME_DIR="/tmp/venture-$$(id -u)"; export XDG_RUNTIME_DIR; \
		mkdir -p -m 700 "$$XDG_RUNTIME_DIR"; \
	fi; \
	$(BIN)/pytest -n 2 $(ARGS)

check: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(MAKE) --no-print-directory test

.venv/.made: $(STALE)
	@for python in $(PYTHON) python3.11 python3.12 python3.13 python3 python; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
		python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Python 3.11 or newer was not found: install it (Debian 12: apt-get install python3 python3-venv), or name it with make PYTHON=/path/to/python3.' >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo 'Python cannot make virtual environments here: install its venv package (Debian: apt-get install python3-venv).' >&2; exit 1; \
	fi; \
	echo "1/5 Making .venv with $$("$$python" --version) …"; \
	"$$python" -m venv --clear .venv
	@touch $@

.venv/.runtime: .venv/.made requirements.txt requirements-build.txt
	@echo '2/5 Installing the Python packages of the locks, and Node (first time about 190 MB, one to five minutes) …'
	@$(PIP) --no-deps --require-hashes -r requirements.txt -r requirements-build.txt
	@touch $@

.venv/.project: .venv/.runtime pyproject.toml
	@echo '3/5 Installing venture itself, as the command $(BIN)/venture …'
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	@echo 'Installing what tests and checks need (first time about 130 MB) …'
	@$(PIP) --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

frontend/node_modules/.made: frontend/package.json frontend/package-lock.json frontend/.npmrc | .venv/.runtime
	@echo '4/5 Installing the front end'"'"'s packages …'
	@cd frontend && $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(MANIFEST): frontend/node_modules/.made $(FRONTEND)
	@echo '5/5 Bundling style sheets and scripts …'
	@$(BIN)/node frontend/build.mjs

%.mo: %.po | .venv/.runtime
	@$(BIN)/pybabel -q compile -i $< -o $@

bundle: setup
	@rm -rf build/venture dist
	@mkdir -p build/venture dist
	@git archive HEAD | tar -x -C build/venture
	@mkdir -p build/venture/venture/static
	@cp -R venture/static/dist build/venture/venture/static/
	@cp deploy/start.sh build/venture/
	@for mo in $(CATALOGUES); do cp "$$mo" "build/venture/$$mo"; done
	@echo 'Fetching the wheels of the lock …'
	@$(BIN)/pip --disable-pip-version-check -q download --no-deps --only-binary :all: --require-hashes \
		-r requirements.txt -d build/venture/wheels
	@tar -C build -czf dist/venture.tar.gz venture
	@rm -rf build/venture
	@echo 'Made dist/venture.tar.gz; unpack it on the server and run ./start.sh'

# Neither a host's name nor a machine's path goes into a lock.
UV_COMPILE = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links $(LOCK_ARGS)
locks:
	$(UV_COMPILE) pyproject.toml -o requirements.txt
	$(UV_COMPILE) --group build -c requirements.txt -o requirements-build.txt
	$(UV_COMPILE) pyproject.toml --group dev -c requirements.txt -c requirements-build.txt -o requirements-dev.txt

clean:
	rm -rf .venv frontend/node_modules venture/static/dist $(CATALOGUES) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
