# The commands of the house. Each sets up .venv first, with only what it needs; a second run does so in no time.
#
#   make demo             a month of both shops, told as it happens, then served on localhost until Ctrl-C
#   make demo ARGS=--once the same, and exit after the story
#   make test             every test, with PostgreSQL, RabbitMQ and Redis of its own; ARGS goes to pytest
#   make check            ruff, mypy, import-linter
#   make bench            the figures, as a table and in build/bench.json, within ten minutes; ARGS=firing: only those
#   make compose-check    builds the image, starts docker-compose.yml and plays a story against it
#   make token-key        prints a new key for tokens, for docker-compose.yml
#   make lock             pins requirements*.txt anew from pyproject.toml
#   make clean            removes what the others made

PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=
# One pin serves every Python from 3.11 on and every platform, so the lock is made for all of them.
LOCK := $(PY) -m uv pip compile pyproject.toml --python-version 3.11 --universal \
	--generate-hashes --no-header --no-annotate --quiet

# Five processes that compile everything anew at each start are five times the start of one.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-run demo test check bench compose-check token-key lock clean

help:
	@sed -n '3,11s/^# *//p' Makefile

setup-run:
	@$(PYTHON) tools/venv.py run

setup:
	@$(PYTHON) tools/venv.py test

demo: setup-run
	@exec $(PY) -m services demo $(ARGS)

test: setup
	@exec $(PY) -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder \
		--max-worker-restart=2 $(ARGS)

check: setup
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-cache

bench:
	@$(PYTHON) tools/venv.py bench
	@exec $(PY) -m bench $(ARGS)

compose-check: setup
	@exec $(PY) tools/compose_check.py $(ARGS)

token-key: setup-run
	@$(PY) -c "from shared.auth import Keys; print(Keys.generate())"

lock: setup
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(LOCK) --output-file requirements.txt $(ARGS)
	@$(LOCK) --output-file requirements-test.txt --extra test --constraint requirements.txt $(ARGS)
	@$(LOCK) --output-file requirements-bench.txt --extra test --extra bench --constraint requirements-test.txt $(ARGS)

clean:
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
