# 亲邻驿站: every task of a developer or reviewer. `make` alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
CODE := protocol station_agent server firmware_sim tests
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

# What `make demo` takes: make demo SECONDS=60 TEMPO=60 PORT=8080
SECONDS ?=
ROOT ?= .demo
TEMPO ?=
PORT ?=

.PHONY: help
help:  ## 这份清单 · this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

.PHONY: demo
demo: $(VENV)/.demo assets  ## 整县演示，SECONDS=60 自动结束并对账 · the whole county on this machine
	@exec $(BIN)/python -m firmware_sim demo --root "$(ROOT)" \
	  $(if $(SECONDS),--seconds $(SECONDS)) $(if $(TEMPO),--tempo $(TEMPO)) $(if $(PORT),--web-port $(PORT))

.PHONY: test
test: system $(VENV)/.dev  ## 全部检查与测试 · every check and every test
	@.ci/suite

.PHONY: check
check: $(VENV)/.dev  ## 格式、静态检查、类型、分层 · format, lint, types, floors
	@echo "ruff format" && $(BIN)/ruff format --check --quiet .
	@echo "ruff check" && $(BIN)/ruff check --quiet .
	@echo "mypy" && $(BIN)/mypy --no-error-summary
	@echo "import-linter" && $(BIN)/lint-imports --no-cache > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

.PHONY: bench
bench: $(VENV)/.dev  ## 各项实测数字 · measured figures
	@$(BIN)/python -m tests.bench

.PHONY: format
format: $(VENV)/.dev  ## 自动排版 · format and fix what can be fixed
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: assets
assets: $(VENV)/.demo  ## 页面样式与脚本 · styles and scripts of the pages
	@$(BIN)/python dashboards/build.py

.PHONY: lock
lock: $(VENV)/.dev  ## 重新锁定依赖 · pin dependencies anew, with hashes
	@.ci/lock $(BIN)/pip-compile

.PHONY: clean
clean:  ## 删除演示数据与缓存 · remove the demonstration and caches (keeps .venv)
	rm -rf .demo dashboards/static build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

.PHONY: system
system:
	@.ci/system

$(VENV)/bin/python:
	@.ci/venv "$(PYTHON)" $(VENV)

$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(VENV)/bin/python
	@if [ -e $(VENV)/.dev ]; then $(MAKE) $(VENV)/.dev; else \
	  echo "安装运行依赖 · installing what the demonstration needs"; \
	  $(PIP) install --require-hashes -r requirements/demo.txt; fi
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "安装开发依赖 · installing what development needs"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.demo
