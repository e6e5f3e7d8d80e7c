# function-wukong. Everything here runs on a machine with Go, make, git and Debian's packages; what else a target needs, it
# builds once from pinned Go modules and keeps in the user's cache.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# A workspace (make workspace) unifies the versions of all modules. What is built and tested has those of its own module.
export GOWORK := off

EXAMPLE ?= minimal
OUTPUT ?= tree
FUZZTIME ?= 15s
SYSTEMS ?= bookworm,trixie,noble

# What is built is called after the last tag, and a commit without any after itself.
VERSION ?= $(shell git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null || echo "v0.0.0-g$$(git rev-parse --short HEAD 2>/dev/null || echo unknown)")

# Modules beside the root's, each with dependencies that the function itself must not have.
MODULES := . package/build package/generate test/argocd test/cluster test/docs test/observability test/schema test/conformance/kubevirt-1.8 test/conformance/kubevirt-1.9 test/conformance/cni

# What make test-all tests beside the root's module. The others have targets of their own, or no tests.
TESTED := test/docs package/build test/schema test/cluster test/argocd

# What make lint reads. The files of the oldest KubeVirt's module are links to those of the current one's.
LINTED := $(filter-out test/conformance/kubevirt-1.8,$(MODULES))

# What make vulncheck looks at. KubeVirt's modules hold the versions that users run, whose dependencies are their project's affair.
VULNCHECKED := $(filter-out test/conformance/kubevirt-%,$(MODULES))

# What a workspace takes. The others replace Kubernetes' modules with versions of their own, for everything that is in a workspace with them.
WORKSPACE := $(filter-out test/argocd test/conformance/kubevirt-%,$(MODULES))

# The versions that control planes run with: a set of test/tools/sets, perhaps with another Crossplane.
SET ?= current
$(if $(shell grep -w '^$(SET)' test/tools/sets),,$(error test/tools/sets has no set $(SET)))
CROSSPLANE ?=
versions = --set=$(SET) --crossplane=$(CROSSPLANE)

# The version that the set has of a component.
version-of = $(shell sed -nE 's/^$(SET) .*$(1)-([0-9.]+).*/\1/p' test/tools/sets)

# What the end-to-end tests run with: each target that Crossplane has. Crossplane 1 has claims alone.
TARGETS := $(or $(TARGET),$(if $(filter 1.%,$(or $(CROSSPLANE),$(call version-of,crossplane-core))),claim,claim namespaced native))

# What a release is made of. The configuration is a part of the packages.
RELEASED := cmd fn input internal package

# The configuration of a target, by default of the namespaced one.
configuration = package/configuration$(addprefix -,$(filter-out claim,$(or $(TARGET),namespaced)))

tool = $$($(CURDIR)/test/tools/build $(1))

# Command lines of Crossplane render with the current Crossplane, whatever the set: older ones cannot.
current = $$(SET=current $(CURDIR)/test/tools/build $(1))

##@ Use

.PHONY: help
help: ## Show this help.
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

# An example by its name, or a file.
example = $(if $(wildcard examples/$(EXAMPLE)/wukong.yaml),examples/$(EXAMPLE)/wukong.yaml,$(EXAMPLE))
render-flags = $(if $(OBSERVED),--observed="$(OBSERVED)") $(if $(REQUIRED),--required="$(REQUIRED)")

.PHONY: render
render: ## Preview an example, or a file. EXAMPLE=minimal TARGET=namespaced|native|claim OBSERVED=file REQUIRED=file OUTPUT=tree|yaml|manifests
	@go run ./cmd/function-wukong render --input=$(or $(wildcard examples/$(EXAMPLE)/input.yaml),$(configuration)/composition.yaml) $(render-flags) --output=$(OUTPUT) "$(example)"

.PHONY: render-crossplane
render-crossplane: ## The same with the real Crossplane command line: the one on the PATH, else one that is built first. That takes some ten minutes, once.
	@go build -o bin/render ./test/render && exec bin/render --composition=$(configuration)/composition.yaml $(render-flags) "$(EXAMPLE)"

.PHONY: package
package: bin/package ## Build what a release consists of into dist/: the function's images, the packages, archives with the command line, bills of materials. VERSION=v0.1.0 COMMANDS=linux/amd64,...
	bin/package packages --version=$(VERSION) $(if $(filter undefined,$(origin COMMANDS)),,--commands=$(COMMANDS))

.PHONY: push
push: ## Build it and push it. REGISTRY=registry.example.org/platform VERSION=v0.1.0
	@: $(or $(REGISTRY),$(error Say where to: make push REGISTRY=registry.example.org/platform VERSION=v0.1.0))
	@$(MAKE) --no-print-directory package
	bin/package push $(REGISTRY)

.PHONY: sign
sign: bin/package ## Sign packages that were pushed, so that Crossplane can verify them. REFERENCES="REGISTRY/NAME@sha256:DIGEST ..." KEY=file
	@: $(or $(REFERENCES),$(error Say what, as make push prints it: make sign REFERENCES="REGISTRY/NAME:VERSION@sha256:DIGEST ..." KEY=cosign.key))
	bin/package sign $(if $(KEY),--key="$(KEY)") $(REFERENCES)

.PHONY: bin/package
bin/package:
	@cd package/build && go build -o $(CURDIR)/bin/package .

.PHONY: cluster
cluster: build-cluster ## Start a real control plane on this machine, without containers, to try Wukongs in. SET=current|oldest TARGET=namespaced|native|claim
	@bin/cluster up $(versions) --target=$(TARGET)

.PHONY: cluster-down
cluster-down: build-cluster ## Stop it.
	@bin/cluster down

.PHONY: build-cluster
build-cluster: bin/package
	@cd test/cluster && go build -o $(CURDIR)/bin/cluster .

##@ Develop

.PHONY: test
test: ## Run the fast tests: those of the function, of this repository and of the documentation. A minute or two.
	go test -short ./...
	cd test/docs && go test ./...

.PHONY: test-all
test-all: ## Run the tests of every module, with as many random cases as in CI. A quarter of an hour the first time.
	go test -timeout 20m $$(go list ./... | grep -v /test/simulator$$)
	go test -timeout 20m ./test/simulator -rapid.checks=50
	@for m in $(TESTED); do echo "test $$m"; (cd $$m && go test -timeout 20m ./...); done

E2E := cd test/cluster && go test -tags e2e -count=1 -v -parallel 16 -timeout 60m

.PHONY: e2e
e2e: ## Test the function in a real control plane of its own, with each target or with TARGET=claim|namespaced|native. SET=current|oldest
	@for t in $(TARGETS); do ($(E2E) -skip '^TestLong|^TestVelero$(addprefix |^,$(SKIP))' ./e2e -args $(versions) --target="$$t"); done

.PHONY: e2e-tools
e2e-tools: build-cluster ## Build what the end-to-end tests need, so that they run without a network, as in a network namespace of their own. SET=current|oldest
	@bin/cluster tools $(versions)

.PHONY: e2e-migrate
e2e-migrate: ## Move a claim with its disks to namespaced Wukongs, with a provider and without. TARGET=namespaced|native
	@: $(or $(filter-out claim,$(TARGETS)),$(error This Crossplane has claims alone: leave out SET and CROSSPLANE))
	@for t in $(filter-out claim,$(TARGETS)); do ($(E2E) -run '^TestMigrate$$' ./e2e -args $(versions) --to="$$t"); done

.PHONY: e2e-signature
e2e-signature: ## Let a real Crossplane install packages that nobody has signed, that somebody else has, and that are signed as it asks for. A minute.
	$(E2E) ./signature -args $(versions)

.PHONY: e2e-long
e2e-long: e2e-upgrade ## The same with a hundred claims at once, with components that are killed, and with an upgrade.
	@for t in $(TARGETS); do ($(E2E) -run '^TestLong' ./e2e -args $(versions) --target="$$t"); done

.PHONY: e2e-upgrade
e2e-upgrade: ## Upgrade from another commit. FROM=REF; default: before the last change of the function, its Input or its packages
	@from="$(FROM)"; if [ -z "$$from" ]; then from=HEAD; \
	  if git diff --quiet HEAD -- $(RELEASED); then from=$$(git log -1 --format=%H -- $(RELEASED))^; fi; fi; \
	echo "Upgrading from $$(git log -1 --format='%h %s' "$$from")"; \
	$(E2E) -run '^TestUpgrade$$' ./e2e -args $(versions) --from="$$from"

.PHONY: e2e-velero
e2e-velero: ## Back namespaces up with a real Velero, delete them, and restore them, with each target or with TARGET=claim|namespaced|native.
	@: $(call tool,velero/velero velero/file-store)
	@for t in $(TARGETS); do ($(E2E) -run '^TestVelero$$' ./e2e -args $(versions) --target="$$t"); done

.PHONY: e2e-versions
e2e-versions: build-cluster ## Upgrade a control plane from the oldest versions to the current ones, one component after the other.
	@for s in oldest current; do bin/cluster tools --set="$$s"; done
	$(E2E) -run '^TestVersions$$' ./e2e -args --set=oldest --upgrade-to=current

.PHONY: conformance
conformance: conformance-admission conformance-capacity conformance-rollout conformance-guest conformance-cni ## Give what is rendered to the software that takes it: all of the following.

.PHONY: conformance-admission
conformance-admission: ## Let KubeVirt's and CDI's own admission judge what is rendered for COUNT random Wukongs. SET=current|oldest
	cd test/conformance/kubevirt-$(call version-of,kubevirt) && go test -count=1 ./admission -args -count=$(or $(COUNT),1000)

.PHONY: conformance-capacity
conformance-capacity: ## Compare what a check says of pods and drains with KubeVirt's own code, for COUNT random Wukongs. SET=current|oldest
	cd test/conformance/kubevirt-$(call version-of,kubevirt) && go test -count=1 ./capacity -args -count=$(or $(COUNT),1000)

.PHONY: conformance-rollout
conformance-rollout: ## Let KubeVirt's own controllers roll out COUNT random edits of what is rendered. SET=current|oldest
	cd test/conformance/kubevirt-$(call version-of,kubevirt) && go test -count=1 -timeout 60m ./rollout -args -count=$(or $(COUNT),1000)

.PHONY: conformance-guest
conformance-guest: ## Let cloud-init make users and networks of it in systems of Debian and Ubuntu, as root. SYSTEMS=bookworm,trixie,noble
	go test -tags conformance -count=1 -parallel 16 -timeout 30m -skip '^TestBoot$$' ./test/conformance/guest -args -systems=$(SYSTEMS)

.PHONY: conformance-cni
conformance-cni: ## Let the CNI plugins attach pods to what is rendered, on an emulated node, and guests talk to each other. As root.
	go build -o bin/node ./test/conformance/node
	cd test/conformance/cni && CGO_ENABLED=0 go test -count=1 -timeout 30m -exec "$(CURDIR)/bin/node -file bridge=$(call tool,cni-plugins/bridge) \
	  -file macvlan=$(call tool,cni-plugins/macvlan) -file ovs=$(call tool,ovs-cni)" .

.PHONY: conformance-boot
conformance-boot: ## Boot Debian in an emulated computer with what is rendered, and log in. Some minutes; as root.
	go test -tags conformance -count=1 -v -timeout 30m -run '^TestBoot$$' ./test/conformance/guest -args -systems=bookworm

.PHONY: test-renderers
test-renderers: ## Compare our preview with three generations of the Crossplane command line, and let it validate the result.
	WUKONG_CLI_1_16=$(call tool,crossplane-cli-1.16) \
	WUKONG_CLI_1_20=$(call tool,crossplane-cli-1.20) \
	WUKONG_CLI_2_5=$(call tool,crossplane-cli-2.5) \
	CROSSPLANE_BINARY=$(call current,crossplane-core) \
	go test -tags renderers -count=1 ./test/render

# What Go compiles for an image, and nothing else, so that it can be given to a container.
IMAGE_CACHE = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/function-wukong/image-go-build

.PHONY: image-test
image-test: bin/package ## Build the Dockerfile, compare it with what make package builds, run it, and let the Crossplane command line render with it. As root.
	@missing="$$(command -v dockerd > /dev/null || echo docker.io) $$([ -x /bin/busybox ] || echo busybox-static)"; \
	  [ "$$missing" = " " ] || { apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends $$missing; }
	GOCACHE=$(IMAGE_CACHE) bin/package packages --version=v0.0.0-image --platforms=linux/$$(go env GOARCH) --commands= --out=bin/image
	go mod download && cd package/build && go mod download && CGO_ENABLED=0 GOCACHE=$(IMAGE_CACHE) go build -trimpath -o /dev/null ./root
	WUKONG_CLI_1_20=$(call tool,crossplane-cli-1.20) \
	WUKONG_CLI_2_5=$(call tool,crossplane-cli-2.5) \
	CROSSPLANE_BINARY=$(call current,crossplane-core) \
	go test -tags image -count=1 -v -timeout 30m -exec "unshare --net --mount --pid --fork --kill-child --mount-proc" ./test/image \
	  -args -package="$(CURDIR)/bin/image/function-wukong-linux-$$(go env GOARCH).xpkg" -version=v0.0.0-image -build-cache=$(IMAGE_CACHE)

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME.
	@go list -f '{{.Dir}}' ./... | while read -r dir; do \
	  { grep -ho '^func Fuzz[A-Za-z]*' "$$dir"/*_test.go 2>/dev/null || true; } | sed 's/func //' | while read -r target; do \
	    echo "$$target for $(FUZZTIME)"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$dir"; done; done

.PHONY: simulate
simulate: ## Drive the function through a million random steps of a simulated cluster. CHECKS=10000 runs of 100 steps
	go test -count=1 -timeout 0 ./test/simulator -rapid.checks=$(or $(CHECKS),10000) -rapid.steps=100

.PHONY: bench
bench: ## Measure what rendering costs.
	go test -run '^$$' -bench . -benchmem ./fn

.PHONY: observability
observability: ## Try the alerts, the dashboard and what kube-state-metrics is told, with the code of Prometheus, kube-state-metrics and Grafana. Takes Node.js 20.
	@command -v npm > /dev/null || { apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends nodejs npm; }
	$(call tool,promtool) check rules --lint=all --lint-fatal examples/observability/rules.yaml
	cd test/observability && $(call tool,promtool) test rules rules.test.yaml && go test ./...
	cd test/observability/grafana && npm ci --ignore-scripts --no-audit --no-fund && node --test

.PHONY: lint
lint: ## Check the style of the code, and the workflows.
	@echo "lint .github" && $(call tool,actionlint) .github/workflows/*.yml examples/pull-request/*.yml
	@lint=$(call tool,golangci-lint); for m in $(LINTED); do echo "lint $$m"; (cd $$m && "$$lint" run --config $(CURDIR)/.golangci.yml ./...); done

.PHONY: vulncheck
vulncheck: ## Look for known vulnerabilities in what each module calls. Skipped where the database cannot be reached, unless REQUIRE_DATABASE=1
	@.ci/vulncheck $(call tool,govulncheck) $(VULNCHECKED)

.PHONY: generate
generate: ## Write what follows from the Go types of the API: XRDs, the CRDs of the inputs, the reference, DeepCopy methods.
	cd package/generate && go run ./deepcopy $(CURDIR) && go run . $(CURDIR)

.PHONY: workspace
workspace: ## Write a go.work for an editor that shows no module without one. It is not committed, and nothing here is built with it.
	@rm -f go.work go.work.sum
	GOWORK= go work init $(WORKSPACE)

.PHONY: tidy
tidy: ## Tidy every module.
	@for m in $(MODULES) test/tools/*/; do echo "tidy $$m"; (cd $$m && go mod tidy); done

.PHONY: clean
clean: ## Remove what was built here. The tools in the user's cache stay.
	rm -rf bin dist
