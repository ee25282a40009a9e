# The two commands: `make demo` and `make test`. They set up a fresh Debian 12 machine themselves,
# as root or through sudo, and say what they install. Everything they make lies in build/.
.DEFAULT_GOAL := help
.PHONY: help build demo test bars install format lint asan tsan fuzz coverage locks clean

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
export CMAKE_BUILD_PARALLEL_LEVEL = $(JOBS)

help:  ## what there is
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

build:  ## builds Braid; the binary is build/release/bin/braid
	@tools/setup build
	@tools/cmake_build release $(if $(wildcard src/cli/main.cc),braid engine)

demo:  ## builds Braid and shows the main job on a download script
	@tools/setup demo
	@tools/cmake_build release $(if $(wildcard src/cli/main.cc),braid)
	@build/venv/bin/python3 tools/demo

test:  ## every test: rooms, whole program, sanitizers, a short fuzz run
	@tools/setup test
	@python3 tools/run_tests

bars:  ## measures every bar in full size and writes docs/bars.md (hours)
	@tools/setup bars
	@tools/cmake_build release
	@build/venv/bin/python3 tools/bars

install: build  ## puts the binary, its data and its man page into PREFIX (/usr/local)
	@tools/make_man build/release/bin/braid build/release/braid.1
	@cmake --install build/release --prefix "$(PREFIX)"

format:  ## formats all code
	@tools/setup lint
	@tools/lint --fix

lint:  ## checks form, and looks for mistakes: clang-format, clang-tidy, ruff, mypy
	@tools/setup lint
	@tools/lint

asan:  ## the C++ tests under the address and undefined-behaviour sanitizers
	@tools/setup test
	@python3 tools/run_tests asan

tsan:  ## the tests of runtime and fanout under the thread sanitizer
	@tools/setup test
	@python3 tools/run_tests tsan

fuzz:  ## the fuzz targets, FUZZ_SECONDS each (600)
	@tools/setup test
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-600} python3 tools/run_tests fuzz

coverage:  ## which lines the C++ tests execute; needs gcovr
	@tools/setup test
	@python3 tools/run_tests coverage

locks:  ## renews requirements/*.txt; needs pip-compile of pip-tools
	@cd requirements && for name in demo test lint; do \
	  CUSTOM_COMPILE_COMMAND="make locks" PIP_FIND_LINKS= pip-compile --upgrade --generate-hashes \
	    --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links \
	    --no-emit-trusted-host --output-file $$name.txt $$name.in || exit 1; done

clean:  ## removes build/
	rm -rf build
