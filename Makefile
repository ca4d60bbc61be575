# `make` alone prints what there is. Recipes go through npm's scripts, so that the Node of node_modules runs them, not the machine's.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

# A file or pattern for the test targets.
TEST ?=

# How long the soak storms, and what brings the same choices back.
export MINUTES SEED

# The engine of every target that starts a database: mysql (default) or mariadb.
export DB

.PHONY: help
help: ## What there is
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  DB=mariadb behind a target: on MariaDB 10.11 in place of MySQL.'
	@echo '  First run: everything missing is fetched or built once (minutes); servers run on 127.0.0.1 and go away by themselves.'

.PHONY: install
install: ## npm packages, Node 24 among them, if they are not what package-lock.json says
	@command -v node >/dev/null && command -v npm >/dev/null || { echo 'Node.js and npm are missing: install them (Debian, Ubuntu: apt-get install npm); any Node from 20 on will do.' >&2; exit 1; }
	@node dev/installed.js || { echo 'Installing npm packages …' >&2; npm ci --no-audit --no-fund --loglevel=error; }
	@test -x node_modules/node/bin/node || { echo 'npm did not run the install script of the package "node": unset ignore-scripts (npm config get ignore-scripts), remove node_modules and try again.' >&2; exit 1; }

.PHONY: build
build: install ## dist/, from src/
	@npm run --silent build

.PHONY: typecheck
typecheck: install ## The type checker over everything
	@npm run --silent typecheck

.PHONY: lint
lint: install ## The linter over everything
	@npm run --silent lint

.PHONY: test
test: install ## All there is to pass: types, lint, build, every test. Last line: N passed, N failed
	@npm run --silent test

.PHONY: test-unit
test-unit: install ## Unit tests; one file with TEST=path
	@npm run --silent test:unit -- $(TEST)

.PHONY: test-integration
test-integration: build ## Tests on a real API server and a real MySQL; one file with TEST=path
	@npm run --silent test:integration -- $(TEST)

.PHONY: crash-points
crash-points: build ## Kills the operator before, at and after every single effect it has; CRASH_POINTS=n or a pattern for a few
	@CRASH_POINTS="$${CRASH_POINTS:-all}" SLEEP_POINTS=0 npm run --silent test:integration -- test/faults/crash-points.test.ts

.PHONY: sleep-points
sleep-points: build ## Stops the operator for 20 s at its effects, while another one leads; SLEEP_POINTS=n, all, or a pattern
	@SLEEP_POINTS="$${SLEEP_POINTS:-40}" CRASH_POINTS=0 npm run --silent test:integration -- test/faults/crash-points.test.ts

.PHONY: faults
faults: build ## Breaks each line and server around the operator, and prints what users see and how long it takes; FAULTS=pattern
	@npm run --silent faults

.PHONY: manifests
manifests: install ## install.yaml, and what is generated in manifests/
	@npm run --silent manifests

.PHONY: image-folder
image-folder: install ## What the image would hold, as a folder, by the Dockerfile's own lines
	@npm run --silent image-folder

.PHONY: sbom
sbom: install ## sbom.cdx.json: every package in the image
	@npm run --silent sbom

.PHONY: audit
audit: install ## Known vulnerabilities in those packages; 75 when the registry does not answer
	@npm run --silent audit

.PHONY: demo
demo: build ## The main job from end to end, in under a minute
	@npm run --silent demo

.PHONY: dev
dev: build ## A cluster API, a MySQL and the operator until Ctrl-C, to look around in
	@npm run --silent dev

.PHONY: soak
soak: build ## Random work under random faults, then the count of what was lost: MINUTES=10 SEED=1
	@npm run --silent soak

.PHONY: api-reference
api-reference: install ## docs/api.md, from the definition in crds/
	@npm run --silent api-reference

.PHONY: bench
bench: build ## How fast, at what cost, next to the API server's own floor (docs/performance.md): BENCH_JOBS=1000 BENCH_ROUNDS=5
	@npm run --silent bench

.PHONY: bench-scale
bench-scale: build ## The same by the number of Jobs, with a picture (half an hour): BENCH_SCALE=1000,5000,20000,50000
	@npm run --silent bench:scale

.PHONY: bench-sweep
bench-sweep: build ## A million expired rows among two, swept beside workers, next to one DELETE: SWEEP_ROWS=2000000
	@npm run --silent bench:sweep

.PHONY: overload
overload: build ## Far more of everything than there should be, and what becomes of it: OVERLOAD_JOBS=20000
	@npm run --silent overload

.PHONY: clean
clean: ## Removes what was built here
	rm -rf dist coverage

.PHONY: clean-cache
clean-cache: ## Removes fetched and built servers from the user's cache folder
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/jobs-operator"
