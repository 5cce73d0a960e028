# make demo  colours a sample clip and says where the result is
# make test  runs every test, lint, type and import rule
#
# Both make the virtual environment they need, once; after that neither needs a network.
# Paths are relative, so a checkout in a folder with spaces works.

PYTHON ?= python3
PYTEST_ARGS ?= -n 2 --dist worksteal
SAMPLE ?= samples/picnic.lines.mp4
KEYS ?= samples/picnic.keys
RESULT ?= runs/picnic.color.mp4
REVIEW ?= runs/picnic.review.mp4

BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt --editable

.PHONY: demo test clean

demo: .venv/installed-demo
	@mkdir -p runs
	$(BIN)/animecolor run "$(SAMPLE)" --mode lineart --keyframes "$(KEYS)" --output "$(RESULT)" --review "$(REVIEW)" --overwrite
	@echo "The coloured clip is $(RESULT); $(REVIEW) shows it beside its source. Open them in any player."

test: .venv/installed-test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# The test extra holds the demo's, so its stamp serves both.
.venv/installed-test: .venv/python pyproject.toml constraints.txt
	$(INSTALL) ".[test]"
	@touch $@ .venv/installed-demo

.venv/installed-demo: .venv/python pyproject.toml constraints.txt
	$(INSTALL) ".[ffmpeg]"
	@touch $@

.venv/python:
	$(PYTHON) -m venv .venv
	@touch $@

clean:
	rm -rf .venv runs dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
