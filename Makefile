# Two commands are enough: `make run` and `make test`. `make help` lists the rest.
# Plain cargo works wherever a GPU driver exists; this file only adds the driver and the toolchain check.

MINUTES ?= 3
# Length of `make run` in seconds; wins over MINUTES.
RUN_SECONDS ?= $(shell echo '$(MINUTES)' | awk '{ printf "%d", $$1 * 60 }')
PRESET ?= hopper_fast.ron
# Extra arguments for `gpu-ec run`, such as ARGS="--set seed=1 --out runs/mine".
ARGS ?=
# Python environment for the comparisons with MuJoCo and Gymnasium.
VENV ?= .venv

# rustup installs cargo into a folder that shells opened earlier, and services, may not have in PATH.
CARGO := $(shell PATH="$$PATH:$$HOME/.cargo/bin" command -v cargo 2>/dev/null)
GPU_EC := $(CARGO) run --release --locked --quiet --

MSRV := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

.DEFAULT_GOAL := help
.PHONY: help run test test-host check fmt clippy doc features msrv examples dist bench endurance gpu-stats wgsl-check peer-venv build build-all minutes vulkan hub toolchain

help: ## This list
	@echo 'gpu-ec: evolves spiking networks with simulated bodies on any GPU.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  make run MINUTES=1             a shorter run'
	@echo '  make run PRESET=walker2d_fast.ron ARGS="--set seed=1"'

run: minutes build ## Train Hopper for MINUTES (3) with a live display and a final summary
	$(GPU_EC) run $(PRESET) --set stop.seconds=$(RUN_SECONDS) $(ARGS)

test: toolchain vulkan hub ## All tests
	"$(CARGO)" test --release --locked

test-host: toolchain ## The tests that need no Vulkan driver
	"$(CARGO)" test --release --locked --lib --test config --test npz

examples: build ## Run the examples
	@for example in inspect_plan step_a_robot own_kernel own_network_and_task; do \
		echo "example $$example"; "$(CARGO)" run --release --locked --quiet --example $$example || exit 1; \
	done

features: toolchain ## Check the library without the program, its figures and TensorBoard
	"$(CARGO)" check --locked --lib --no-default-features

msrv: ## Check with the oldest toolchain that Cargo.toml promises
	cargo +$(MSRV) check --locked --target-dir target/msrv

dist: toolchain ## Build a small, stripped binary: target/dist/gpu-ec
	"$(CARGO)" build --profile dist --locked

check: fmt clippy doc features test ## Formatting, clippy and docs with warnings as errors, all tests

bench: build ## Speed of three robots by population, neurons and slots; also MuJoCo's if VENV exists (make peer-venv)
	$(GPU_EC) bench hopper.ron --population 512
	$(GPU_EC) bench walker2d.ron --population 512
	$(GPU_EC) bench humanoid_paper.ron --population 512
	scripts/bench-table.sh $(GPU_EC)
	@if [ -x "$(VENV)/bin/python" ]; then \
		echo '"$(VENV)/bin/python" benches/peer/mujoco_rollout.py --ours "$(GPU_EC)"'; \
		"$(VENV)/bin/python" benches/peer/mujoco_rollout.py --ours "$(GPU_EC)"; \
	else \
		echo 'make bench: MuJoCo was left out, as $(VENV) does not exist; `make peer-venv` makes it'; \
	fi

endurance: build ## Half an hour of small generations (MINUTES); memory use must not grow
	MINUTES=$(if $(filter command line environment,$(origin MINUTES)),$(MINUTES),30) scripts/endurance.sh $(GPU_EC)

gpu-stats: toolchain ## Registers and spills of the GPU kernels from Mesa's compiler, and a speed estimate
	@scripts/gpu-stats.sh

wgsl-check: toolchain ## Compile all kernels with a second WGSL compiler, if Node is available
	@scripts/wgsl-check.sh --release

peer-venv: ## Python environment with the pinned MuJoCo and Gymnasium, for `make bench` and tests/peer
	python3 -m venv "$(VENV)"
	"$(VENV)/bin/python" -m pip install --quiet -r tests/peer/requirements.txt

fmt: toolchain
	"$(CARGO)" fmt --check

clippy: toolchain
	"$(CARGO)" clippy --all-targets --release --locked -- -D warnings

doc: toolchain
	RUSTDOCFLAGS=-Dwarnings "$(CARGO)" doc --no-deps --release --locked

build-all: toolchain
	"$(CARGO)" build --release --locked --all-targets

build: toolchain vulkan
	"$(CARGO)" build --release --locked

minutes:
	@test "$(RUN_SECONDS)" -gt 0 2>/dev/null || { \
		echo 'make run: MINUTES must be a number above 0, such as MINUTES=1' >&2; exit 2; }

hub:
	@scripts/ensure-hub.sh

vulkan:
	@scripts/ensure-vulkan.sh

toolchain:
	@test -n "$(CARGO)" || { \
		echo 'gpu-ec needs a Rust toolchain, and cargo was not found: install it from https://rustup.rs, then try again.' >&2; exit 1; }
	@test "$$(uname -s)" != Linux || command -v cc >/dev/null 2>&1 || { \
		echo 'gpu-ec needs a C linker, and cc was not found (Debian, Ubuntu: apt-get install gcc libc6-dev).' >&2; exit 1; }
