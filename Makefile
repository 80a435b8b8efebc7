# Two commands: `make demo` sets everything up and runs the demonstration; `make test` sets up and tests.
# Needs Python 3.11 or newer and the package registries, nothing else.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
# One more than two processors: the tests that share a Prefect server mostly wait for it.
WORKERS ?= 3

.PHONY: demo test check faults bench clean
.DEFAULT_GOAL := help

help:
	@echo "make demo              set up, replay sixteen months, and stay up to be looked at"
	@echo "make demo ARGS=--exit  the same, and stop everything at the end"
	@echo "make test              set up, check and test"
	@echo "make faults            the long campaigns of killed processes"
	@echo "make bench             speed, as ratios to a reference in the same run"

$(READY): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Say which: make PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv is missing: on Debian, apt-get install python3-venv"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	@VIRTUAL_ENV= $(BIN)/uv sync --quiet --locked --inexact --python $(BIN)/python
	@touch $@

demo: $(READY)
	@$(BIN)/recommission demo $(ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The standard's schemas are in no installed package: the source package of a library of its makers has them.
.venv/ocds: $(READY)
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary ocdsextensionregistry -d $@ \
		ocdsextensionregistry==$$($(BIN)/python -c 'from importlib.metadata import version; print(version("ocdsextensionregistry"))')

test: check .venv/ocds
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

faults: $(READY)
	RECOMMISSION_BOTH_DATABASES=1 RECOMMISSION_KILLS=$${RECOMMISSION_KILLS:-100} $(BIN)/pytest tests/faults tests/board/test_cycle_machine.py tests/notifications/test_whole_rule.py -n $(WORKERS) --dist loadgroup $(ARGS)

.venv/bench: $(READY)
	@VIRTUAL_ENV= $(BIN)/uv sync --quiet --locked --inexact --group bench --python $(BIN)/python
	@touch $@

bench: .venv/bench
	@for bench in tests/bench/bench_*.py; do $(BIN)/python $$bench; done

clean:
	rm -rf .venv var
