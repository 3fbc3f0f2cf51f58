# `make demo` and `make test` set up everything they need: a virtual environment in .venv, the
# packages, and a browser if there is none. Only the browser is installed outside of .venv.

PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
    $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    && echo $$name && break; done)
BIN = .venv/bin
# A test that hangs fails, and its traceback shows where it waits.
PYTEST = $(BIN)/pytest --numprocesses 2 --dist loadfile --timeout 600
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt

.PHONY: help demo test test-all lint format reference bench bench-quick soak kills drift fuzz pictures model model-original pages experiments robustness original clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/demo  ## Serve a mock page on this machine and solve its captcha
	@$(BIN)/capslice demo

test: .venv/dev  ## Run the tests in a real browser
	@$(PYTEST) -m "not slow"

test-all: .venv/dev  ## Run all tests, the slow ones too
	@$(PYTEST)

lint: .venv/dev  ## Check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

reference: .venv/dev  ## Write docs/reference from the code and config.toml
	@$(BIN)/python -m reference

bench: .venv/dev  ## Measure docs/benchmarks.md again (half an hour on an idle machine)
	@$(PIP) --requirement benchmarks/requirements.txt
	$(BIN)/capslice experiments six-networks
	$(BIN)/python -m benchmarks --report docs/benchmarks.md

bench-quick: .venv/dev  ## Run the benchmarks in miniature, and fail if a ratio is far off
	@$(BIN)/python -m benchmarks --quick

fuzz: .venv/dev  ## Fuzz pictures, configurations and models, five times as long as the tests do
	FUZZ=5 $(BIN)/pytest tests/fuzz

soak: .venv/dev  ## Solve a thousand captchas on faulty pages (most of an hour)
	@$(BIN)/python -m benchmarks.endurance.soak

kills: .venv/dev  ## Kill the agent fifty times and check that nothing is lost (some minutes)
	@$(BIN)/python -m benchmarks.endurance.kills

drift: .venv/dev  ## Change a page's captcha and check that the agent says so (ten minutes)
	@$(BIN)/python -m benchmarks.endurance.drift

pictures: .venv/dev  ## Take the pictures of README and the guides
	$(BIN)/capslice demo --typed-screenshot docs/pictures/typed.png --screenshot docs/pictures/solved.png
	$(BIN)/python -m reference.pictures

# The shipped models are whole-picture networks, with these options in place of the defaults.
# `original` has a deeper network, whose digits attend to each other, because all share one font.
ELLIPSES := --attention-supervision 0 --context-features 0 --optimizer adam --warm-up 0 --label-smoothing 0
DEEP := --filters 16,24,32,64,64,64,64,64,64,64,128 --residual --peer-attention 64 --optimizer muon
model: EPOCHS ?= 45
model-original: EPOCHS ?= 24

model: .venv/dev  ## Fit the shipped model `ellipses` from nothing (75 minutes on two cores)
	$(BIN)/capslice fit --captcha varied --networks whole --count 40000 --epochs $(EPOCHS) $(ELLIPSES) --out experiments/varied
	$(BIN)/capslice export experiments/varied --out models/ellipses.onnx --test-captcha ellipses --test-pictures 100000

model-original: .venv/dev  ## Fit the shipped model `original` from nothing (on two cores: half an hour with AVX-512, two hours without)
	$(BIN)/capslice fit --captcha original --networks whole --count 40000 --epochs $(EPOCHS) $(DEEP) --out experiments/original
	$(BIN)/capslice export experiments/original --out models/original.onnx --test-pictures 20000

pages: .venv/dev  ## Try init and solve on every page of the tests, and write docs/pages.md (half an hour)
	$(BIN)/python -m benchmarks.pages --report docs/pages.md

experiments: .venv/dev  ## Measure docs/experiments.md again (over an hour on two cores)
	$(BIN)/capslice experiments --report docs/experiments.md

robustness: experiments/article.onnx  ## Measure docs/robustness.md again, beside ddddocr and, if installed, Tesseract
	@$(PIP) --requirement benchmarks/requirements.txt
	$(BIN)/python -m benchmarks.robustness --article experiments/article.onnx --report docs/robustness.md

original: experiments/article.onnx  ## Measure docs/original.md again (needs Perl's GD::SecurityImage)
	@$(PIP) --requirement benchmarks/requirements.txt
	$(BIN)/python -m benchmarks.original --article experiments/article.onnx --report docs/original.md

experiments/article.onnx: .venv/dev
	$(BIN)/capslice experiments six-networks
	$(BIN)/capslice export experiments/six-networks-1 --float --out experiments/article.onnx

clean:  ## Remove the virtual environment
	rm -rf .venv

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer found: install one, or name it: make PYTHON=..." >&2; exit 2; }
	@echo "making a virtual environment in .venv" >&2
	@$(PYTHON) -m venv .venv \
	    || { rm -rf .venv; echo "error: $(PYTHON) cannot make a virtual environment (Debian: apt install python3-venv)" >&2; exit 2; }

.venv/demo: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing capslice" >&2
	@$(PIP) --editable .
	@$(BIN)/capslice install >&2
	@touch $@

.venv/dev: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing everything, TensorFlow too: this takes a few minutes" >&2
	@$(PIP) --editable '.[dev]'
	@$(BIN)/capslice install >&2
	@touch $@
