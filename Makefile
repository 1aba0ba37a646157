# Everything runs in .venv; nothing is installed outside it. System packages are optional: see `make system`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint install system clean soak bench closed-loop music-report sensing-figures

install: $(STAMP)

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e ".[dev]"
	touch $(STAMP)

demo: install
	$(BIN)/euthymia demo

# Whole sessions against the clock first, with nothing beside them; then all else, two files at a time.
test: install
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest tests/acceptance
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest --ignore=tests/acceptance -n 2 --dist loadfile

lint: install
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# JACK's dummy server and a virtual screen, for the tests that use the real thing (Debian, Ubuntu).
system:
	sudo apt-get update && sudo apt-get install -y jackd2 libfluidsynth3 xvfb libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1

# Long runs: they print the tables that stand in docs/measured.md.
bench: install
	$(BIN)/python -m tests.benchmarks.stages
	$(BIN)/python -m tests.benchmarks.replay_speed
	$(BIN)/python -m tests.benchmarks.latency --minutes 2

# The tables of docs/features.md and docs/cleaning.md; needs the recordings in ../shared/data.
sensing-figures: install
	$(BIN)/python -m tests.benchmarks.features_real
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.cleaning_real
	$(BIN)/python -m tests.benchmarks.stages
	$(BIN)/python -m tests.benchmarks.bare_lsl

# Hours; what lies in its folder is not made again. CORPUS is what training reads once, WHEEL that of musicnn 0.1.0;
# the parts that need them say so where they are missing.
music-report: install
	$(BIN)/python -m tests.benchmarks.music_report recordings/music-report $(if $(CORPUS),--corpus $(CORPUS)) $(if $(WHEEL),--wheel $(WHEEL))

closed-loop: install
	$(BIN)/python -m tests.benchmarks.closed_loop

soak: install
	$(BIN)/python -m tests.benchmarks.sound_soak 10
	$(BIN)/python -m tests.benchmarks.memory_soak --minutes 20

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
