# Included by the Makefile of each layer and function. `sam build` calls `make build-<LogicalId>` with ARTIFACTS_DIR in a copy of the folder;
# the project is found from where this file stands.
PROJECT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
# What Lambda runs; must agree with the parameters LambdaRuntime and Architecture (tests/infra checks the defaults).
PRATIQUE_PYTHON ?= 3.13
PRATIQUE_ARCH ?= arm64
PYTHON ?= $(firstword $(wildcard $(PROJECT)/.venv/bin/python) python3)
BUILD = $(PYTHON) $(PROJECT)/tools/build_layer.py
FOR = --python $(PRATIQUE_PYTHON)
