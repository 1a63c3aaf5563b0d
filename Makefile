# `make run` and `make test` are all a fresh Debian machine with git and Rust needs.

CARGO ?= cargo
export CARGO_TERM_COLOR ?= never

# Random networks under random schedules that `make soak` runs: on the host, and on each virtual and emulated core.
SOAK_PAIRS ?= 5000
SOAK_BOARD_PAIRS ?= 300

.PHONY: help run test soak check fmt clippy doc bench screenshots probe-rs-check setup setup-test

help:
	@echo "make run          build and open the window on a bundled network"
	@echo "make test         everything that continuous integration checks"
	@echo "make soak         random networks under random schedules for hours: SOAK_PAIRS=$(SOAK_PAIRS) on the host,"
	@echo "                  SOAK_BOARD_PAIRS=$(SOAK_BOARD_PAIRS) on each virtual and emulated core"
	@echo "make check        format, lints and docs only"
	@echo "make bench        speed and instruction counts"
	@echo "make screenshots  pictures of the window, into screenshots/"
	@echo "make probe-rs-check   an unmodified probe-rs on the virtual board (builds probe-rs once: long)"

setup:
	@sh dist/setup.sh run

setup-test:
	@sh dist/setup.sh test

run: setup
	$(CARGO) run --release --locked --package tinyscope -- --example scene

test: setup-test check
	RUST_TEST_THREADS=2 $(CARGO) test --workspace --locked --no-fail-fast -- --show-output

soak: setup-test
	TINYSCOPE_PAIRS=$(SOAK_PAIRS) TINYSCOPE_BOARD_PAIRS=$(SOAK_BOARD_PAIRS) RUST_TEST_THREADS=2 \
		$(CARGO) test --workspace --locked --no-fail-fast --test streamed_c --test pairs -- --show-output

check: fmt clippy doc

fmt:
	$(CARGO) fmt --all -- --check

clippy:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked --document-private-items

bench: setup
	$(CARGO) run --release --locked --package tinyscope -- bench $(wildcard ../shared/models/*int8.tflite ../shared/models/mcunet*.tflite) scene digits
	$(CARGO) bench --package tinyscope-core --package tinyscope-vmcu --package tinyscope-board --locked

screenshots: setup-test
	TINYSCOPE_SCREENSHOTS=1 $(CARGO) test --package tinyscope-tests --test screenshots --locked

probe-rs-check: setup-test
	@sh tests/probe-rs/check.sh
