# Martlet. `make help` lists what there is; `make demo` and `make test` install what they need and ask nothing.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PART ?=
KEEP ?=
REQUESTS ?=
SEED ?=
SCRIPTS := deploy/scripts

.PHONY: help setup build test demo lint bench faults e2e-kube bars-kube e2e-vllm clean

help: ## List these targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what the build and the demo need: Debian packages, kubectl into .venv
	@$(SCRIPTS)/setup.sh

build: setup ## Build the four programs in release into .build/release
	@$(SCRIPTS)/build.sh

test: setup ## Run every test
	@$(SCRIPTS)/test.sh

demo: build ## Start Martlet here, apply real manifests with kubectl, send traffic, show what happened (KEEP=1 leaves it up)
	@PATH="$(CURDIR)/.venv/bin:$(CURDIR)/.build/release:$$PATH" KEEP="$(KEEP)" deploy/demo/run.sh

lint: ## Check the format and the repository's own rules
	@swift format lint -r -s Package.swift Agent Common Coordinator Tests
	@swift test --filter TidyTests

bench: setup ## Run benchmarks; PART=C runs one part, PART=C ONLY=first-byte one measurement of it
	@$(SCRIPTS)/bench.sh "$(PART)" "$(ONLY)"

faults: setup ## Send 100,000 requests through the router at engines that fail in every way (REQUESTS, SEED)
	@swift build --build-tests
	@MARTLET_FAULT_REQUESTS="$(or $(REQUESTS),100000)" MARTLET_FAULT_SEED="$(SEED)" \
		swift test --skip-build --no-parallel --filter FaultMatrixTests

e2e-kube: setup ## Run Martlet as its own ServiceAccounts on a real control plane, with every case of conformance (needs ../shared/lab/kube)
	@$(SCRIPTS)/e2e-kube.sh

bars-kube: setup ## Gangs under kills, and the benchmark of part B, on a real control plane (needs ../shared/lab/kube)
	@swift build --build-tests
	@$(SCRIPTS)/with-lab-kube.sh swift test --skip-build --no-parallel --filter GangKillTests
	@$(SCRIPTS)/with-lab-kube.sh $(SCRIPTS)/bench.sh B

e2e-vllm: build ## Run real vLLM engines under Martlet (needs ../shared/lab/vllm)
	@PATH="$(CURDIR)/.venv/bin:$(CURDIR)/.build/release:$$PATH" $(SCRIPTS)/e2e-vllm.sh

clean: ## Remove what was built
	@rm -rf .build .venv
