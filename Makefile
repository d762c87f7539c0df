# The front door. Each target is a line or two over CMake presets; see CONTRIBUTING.md.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PRESET ?= dev
# Of `bench`: the folder with the CSV files, made when it is not there.
DATA ?= build/bench/data
# apt-get install clang-format-14 clang-tidy-14: only for these two targets, so not in `deps`.
CLANG_FORMAT ?= clang-format-14
CLANG_TIDY ?= clang-tidy-14

.PHONY: all help deps release dev test demo install bench instructions format tidy docs coverage clean

all: release

help:
	@echo "make release          build/release/bin/geode"
	@echo "make test             the tests, with sanitizers; PRESET=release without"
	@echo "make demo             the packages of this machine as a graph, with five questions"
	@echo "make install PREFIX=  library, headers, executable (default /usr/local)"
	@echo "make bench            the benchmark; DATA=, BENCH=: docs/benchmarks.md"
	@echo "make instructions     counts the instructions of a few questions (needs valgrind)"
	@echo "make docs             the pages of docs/ that are made from the executable"
	@echo "make coverage         the lines of the parser that its tests run"
	@echo "make dev | deps | format | tidy | clean"

deps:
	@packaging/install_dependencies.sh

build/%/build.ninja: | deps
	cmake --preset $*

release: deps build/release/build.ninja
	cmake --build --preset release -j $(JOBS) --target geode-cli debian_packages

dev: deps build/dev/build.ninja
	cmake --build --preset dev -j $(JOBS)

test: deps
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) -j $(JOBS)
	ctest --preset $(PRESET) -j $(JOBS)

demo: release
	examples/debian/demo.sh build/release/bin build/demo

install: release
	cmake --install build/release --prefix $(abspath $(PREFIX))

bench: deps build/release/build.ninja
	cmake --build --preset release -j $(JOBS) --target geode-cli geode_questions geode_open geode_writes geode_churn
	test -e $(DATA)/persons.csv || tests/bench/generate.py $(DATA)
	tests/bench/run.py --data $(DATA) $(if $(BENCH),--bench $(BENCH)) --rewritten

instructions: deps build/release/build.ninja
	cmake --build --preset release -j $(JOBS) --target geode_instructions
	tests/bench/instructions.py

format:
	git ls-files '*.cpp' '*.hpp' '*.h' | xargs $(CLANG_FORMAT) -i

tidy: dev
	git ls-files 'libgeode/src/*.cpp' 'geode-cli/*.cpp' | xargs -n 8 -P $(JOBS) $(CLANG_TIDY) -p build/dev --quiet

docs: deps build/release/build.ninja
	cmake --build --preset release -j $(JOBS) --target geode-cli
	GEODE=build/release/bin/geode docs/generate.py

coverage: deps
	cmake --preset release -B build/coverage
	cmake --build build/coverage -j $(JOBS) --target syntax_coverage
	tests/coverage/report.py build/coverage --at-least 90

clean:
	rm -rf build
