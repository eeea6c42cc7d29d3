# What a newcomer needs: `make run` serves the bot with its sandbox, `make test` proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.locked

.PHONY: help setup run test cover check format bench lock clean

help:
	@echo "make run    set everything up and serve (chat page included)"
	@echo "make test   set everything up and run the tests"
	@echo "make cover  the same, with branch coverage and its floor"
	@echo "make check  format, lint, types, import rules, the knowledge"
	@echo "make bench  measure"
	@echo "make format put the code into its form"
	@echo "make lock   resolve the dependencies again (needs uv)"

setup: $(STAMP)

# Two steps: what builds (hash-checked like everything else), then all the rest without build isolation,
# so that nothing outside the lock file is ever installed.
$(STAMP): requirements.lock pyproject.toml
	@echo "[1/3] 建立 Python 环境 / creating the environment ($(VENV))"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) -V). Try: make setup PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "[2/3] 安装依赖（首次约一分钟）/ installing the locked dependencies"
	@awk '/^setuptools==/{p=1} p{print} !/\\$$/{p=0}' requirements.lock > $(VENV)/build.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/build.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --require-hashes -r requirements.lock
	@echo "[3/3] 安装本项目 / installing this project"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

run: setup
	@SANDBOX=$${SANDBOX:-1} $(BIN)/python -m bot serve

test: setup
	@.ci/chromium
	@$(BIN)/python -m pytest -n 2 -m "not slow" $(ARGS)

cover: setup
	@.ci/chromium
	@$(BIN)/python -m pytest -n 2 -m "not slow" --cov --cov-report=term:skip-covered $(ARGS)

check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m bot check

format: setup
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: setup
	@$(BIN)/python -m tests.bench $(ARGS)

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
