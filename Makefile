# make demo: see the whole thing work on this machine. make test: prove it.
VENV := .venv
BIN := $(VENV)/bin
GROUP := import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"][sys.argv[1]], sep="\n")

.PHONY: demo test lint bench clean

demo: $(VENV)/.product
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/demo/demo.sh

test: $(VENV)/.tests
	@tests/tools/need < tests/tools/packages.txt
	$(MAKE) lint
	$(BIN)/pytest

lint: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.bench
	@tests/tools/need < tests/tools/bench.txt
	$(BIN)/python tests/bench --write

clean:
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find client custodian tests docs -name __pycache__ -prune -exec rm -rf {} +

# The product with both sides, then the tools of its tests; made anew when pyproject.toml changes.
$(VENV)/.product: pyproject.toml
	@tests/tools/make-venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[custodian]'
	@touch $@

$(VENV)/.tests: $(VENV)/.product
	$(BIN)/python -c '$(GROUP)' dev > $(VENV)/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement $(VENV)/dev.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.product
	$(BIN)/python -c '$(GROUP)' bench > $(VENV)/bench.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement $(VENV)/bench.txt
	@touch $@
