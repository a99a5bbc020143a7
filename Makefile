# Everything a newcomer needs: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# What the environment holds is told by the lock files' own content, not by their dates.
RUN_STAMP := $(VENV)/.installed-$(shell cat requirements.txt | cksum | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.installed-dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1)
TEST_POSTGRESQL ?= postgres://root@127.0.0.1:5432/postgres
PYTEST ?= $(BIN)/pytest -q -n 2 --dist loadfile

.PHONY: help run demo test check lint format types imports bench bench-booklets bench-ledger bench-evidence bench-coverage bench-imports bench-tables screenshots lock clean reset

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@echo "[环境] 建立 $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements.txt | $(VENV)/bin/python
	@echo "[环境] 按 requirements.txt 安装依赖 …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@rm -f $(VENV)/.installed-[0-9]* && touch $@

$(DEV_STAMP): requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@echo "[环境] 按 requirements-dev.txt 安装开发依赖 …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@rm -f $(VENV)/.installed-* && touch $@ $(RUN_STAMP)

run: export DEMO = 1
run: $(RUN_STAMP) ## set up and serve the portal with demonstration data on SQLite
	@$(BIN)/python manage.py serve_demo --port $(PORT)

test: $(DEV_STAMP) ## run the whole suite, on SQLite and, where it answers, on PostgreSQL
	@status=0; echo "== SQLite"; TESTING=1 DATABASE_URL= $(PYTEST) tests || status=1; \
	if $(BIN)/python -c "import psycopg2, sys; psycopg2.connect(sys.argv[1]).close()" "$(TEST_POSTGRESQL)" 2>/dev/null; then \
	  echo "== PostgreSQL"; TESTING=1 DATABASE_URL="$(TEST_POSTGRESQL)" $(PYTEST) tests -m "not browser" || status=1; \
	elif [ -n "$$CI" ]; then echo "PostgreSQL 没有应答,CI 不允许略过"; status=1; \
	else echo "== 略过:127.0.0.1:5432 上没有 PostgreSQL,未在其上测试"; fi; \
	fc-list :lang=zh 2>/dev/null | grep -q . || echo "== 略过:没有安装中文字体,未测试审核表、册子、年报的印制和网址权限总表"; \
	command -v soffice >/dev/null || echo "== 略过:没有安装 LibreOffice,未用它打开导出的文件"; \
	command -v chromium chromium-browser >/dev/null || echo "== 略过:没有安装 Chromium,未做浏览器测试"; exit $$status

check: lint types imports ## all linters and Django's own checks
	@TESTING=1 $(BIN)/python manage.py makemigrations --check --dry-run
	@DEMO=0 DEBUG=0 SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" ALLOWED_HOSTS=example.gov.cn \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

lint: $(DEV_STAMP) ## ruff and djlint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint templates --lint --quiet

types: $(DEV_STAMP) ## mypy
	@TESTING=1 $(BIN)/mypy

imports: $(DEV_STAMP) ## import-linter
	@TESTING=1 $(BIN)/lint-imports

format: $(DEV_STAMP) ## let ruff format and fix the Python files
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(DEV_STAMP) ## measure requests per second and the time of an import
	@TESTING=1 $(BIN)/python benchmarks/pages.py

bench-booklets: $(DEV_STAMP) ## measure how long the booklets take to make
	@TESTING=1 $(BIN)/python -m benchmarks.booklets

bench-ledger: $(DEV_STAMP) ## measure how long it takes to prove a large ledger
	@TESTING=1 $(BIN)/python -m benchmarks.ledger

bench-coverage: $(DEV_STAMP) ## measure how long the whole matrix of coverage takes
	@$(BIN)/python -m benchmarks.coverage

bench-imports: $(DEV_STAMP) ## measure imports against a bare bulk_create, on PostgreSQL
	@$(BIN)/python -m benchmarks.imports --database "$(TEST_POSTGRESQL)"

bench-tables: $(DEV_STAMP) ## measure exports against bare XlsxWriter, and their memory
	@TESTING=1 $(BIN)/python -m benchmarks.tables

bench-evidence: $(DEV_STAMP) ## measure the memory that an evidence pack of 1,000 disclosures takes
	@TESTING=1 $(BIN)/python -m benchmarks.evidence

screenshots: $(DEV_STAMP) ## take the pictures in docs/ from a demonstration site
	@DEMO=1 $(BIN)/python docs/screenshots.py

lock: $(DEV_STAMP) ## compile the lock files from pyproject.toml
	@$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --output-file requirements.txt pyproject.toml
	@$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --no-header --allow-unsafe --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

clean: ## remove the environment and what the tools keep; no data
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache var/static

reset: ## forget the demonstration's database and files; the next `make run` makes new ones
	@if [ -e var/db.sqlite3 ] && [ ! -e var/secret_key ]; then \
	  echo "var/ 里的数据库不是演示站点的,未删除"; exit 1; fi
	@rm -rf var
