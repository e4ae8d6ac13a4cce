# Everything here sets up what it needs by itself. `make` alone lists the targets.
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PY := .venv/bin/python
export PYTHONPATH := layers/common:functions
export SAM_CLI_TELEMETRY := 0
LAUNCH := .venv/.ready .venv-sam/.ready .venv-ministack/.ready
CLIENT := clients/typescript/node_modules/.ready
CHARTS := .venv-bench/bin/python -m benchmarks.charts
NPM := $(shell command -v npm)
ENGINES := .venv/.ready .venv-ministack/.ready .dynamodb-local/.ready

.PHONY: help setup run token jobs job notifications parked redrive rotate-secret retire-secret secret-status test checks lint types template unit properties histories races e2e fuzz soak defects fuzz-webhook bench bench-cold bench-warm bench-load cost bench-live load-live sam-local openapi requirements deploy clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(LAUNCH) ## The virtual environments (every target that needs them does this itself)

.venv/.ready: requirements/dev.txt requirements/uv.txt local/make-venv
	@local/make-venv .venv requirements/dev.txt
.venv-%/.ready: requirements/%.txt .venv/.ready
	@local/make-venv .venv-$* requirements/$*.txt
$(CLIENT): clients/typescript/package-lock.json
	@echo "· clients/typescript: installing its pinned packages"
	@cd clients/typescript && npm ci --silent && touch node_modules/.ready
.dynamodb-local/.ready: local/dynamodb_local.py | .venv/.ready
	@$(PY) -m local.dynamodb_local

run: $(LAUNCH) ## The whole stack on this machine until Ctrl-C [PORT=8080] [LOCALE=en] [BACKEND=http://your-own] [ORIGINS=http://page,…]
	@exec $(PY) -m local.run $(if $(PORT),--port='$(PORT)') $(if $(LOCALE),--locale='$(LOCALE)') \
	  $(if $(BACKEND),--backend='$(BACKEND)') $(if $(ORIGINS),--origins='$(ORIGINS)')
token: .venv/.ready ## A JWT that the local stack accepts: make token SUB=user_1 [ORG=org_1]
	@$(PY) -m local.token $(or $(SUB),user_1) $(if $(ORG),--org $(ORG))
jobs: .venv/.ready ## The latest 5 jobs of all users [STACK=a-deployed-stack]
	@$(PY) -m ops.inspect $(if $(STACK),--stack $(STACK)) jobs
job: .venv/.ready ## One job with its images: make job ID=… [STACK=…]
	@$(PY) -m ops.inspect $(if $(STACK),--stack $(STACK)) job $(or $(ID),$(error say which: make job ID=…))
notifications: .venv/.ready ## The latest notifications [SUB=user_1] [STACK=…]
	@$(PY) -m ops.inspect $(if $(STACK),--stack $(STACK)) notifications $(if $(SUB),--sub $(SUB))
parked: .venv/.ready ## Stream records that notify could not read [ID=… for one whole] [STACK=…]
	@$(PY) -m ops.parked $(if $(STACK),--stack $(STACK)) $(if $(ID),show $(ID),list)
redrive: .venv/.ready ## Sends parked records through notify again [ID=…] [DRY=1] [STACK=…]
	@$(PY) -m ops.parked $(if $(STACK),--stack $(STACK)) redrive $(ID) $(if $(DRY),--dry-run)
rotate-secret: .venv/.ready ## A fresh webhook secret becomes current, the one until now stays good [STACK=…]
	@$(PY) -m ops.secret $(if $(STACK),--stack $(STACK)) rotate
retire-secret: .venv/.ready ## The webhook secret before the last rotation is refused, within five minutes everywhere [STACK=…]
	@$(PY) -m ops.secret $(if $(STACK),--stack $(STACK)) retire
secret-status: .venv/.ready ## Fingerprints of the webhook's secrets [STACK=…]
	@$(PY) -m ops.secret $(if $(STACK),--stack $(STACK)) status

test: checks unit properties e2e ## All that CI runs
checks: .venv/.ready .venv-sam/.ready # all that only reads the code, side by side
	@$(MAKE) --no-print-directory -j 3 lint types template
lint: .venv/.ready ## ruff: rules and format
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
types: .venv/.ready ## mypy, strict
	.venv/bin/mypy functions layers openapi local ops examples tests benchmarks
template: .venv-sam/.ready ## cfn-lint and sam validate --lint
	.venv-sam/bin/cfn-lint template.yaml
	AWS_DEFAULT_REGION=eu-west-3 .venv-sam/bin/sam validate --lint
unit: .venv/.ready ## Unit tests, with moto
	.venv/bin/pytest -q tests/unit -n 2
properties: $(ENGINES) .venv-microburst/.ready ## On two DynamoDB engines: random histories, races, a bad network
	.venv/bin/pytest -q tests/properties tests/engines -n 2
histories: $(ENGINES) ## More random histories: make histories N=15000 [SEED=…]
	HISTORIES=$(or $(N),15000) HISTORIES_SEED=$(SEED) .venv/bin/pytest -q tests/properties -n 2 --timeout 0
races: $(ENGINES) ## 50 writers and 20 reconcilers at once, on two DynamoDB engines
	.venv/bin/pytest -q tests/engines/test_races.py -n 2
e2e: $(LAUNCH) .venv-fuzz/.ready $(if $(NPM),$(CLIENT)) ## The deployed stack, over HTTP
	.venv/bin/pytest -q tests/e2e -n 2 --dist loadgroup
fuzz: $(LAUNCH) .venv-fuzz/.ready ## openapi.json against a stack: thousands of random requests, with tokens and without [N=100] [SEED=…]
	@$(PY) -m tests.fuzz $(N) $(if $(SEED),--seed $(SEED))
soak: $(LAUNCH) ## Many jobs while everything around them fails: nothing lost, nothing doubled [N=1000] [SEED=…]
	@$(PY) -m tests.soak $(or $(N),1000) $(if $(SEED),--seed $(SEED))
defects: .venv/.ready ## Takes one guard away at a time and shows which test notices [ONLY=…]
	@$(PY) -m tests.defects $(if $(ONLY),'$(ONLY)')
fuzz-webhook: $(LAUNCH) ## Hostile bodies against the webhook: refused, without a trace [N=5000] [SEED=…]
	@$(PY) -m tests.hostile $(or $(N),5000) $(if $(SEED),--seed $(SEED))
bench: bench-cold bench-warm bench-load ## Cold starts, warm calls, load (docs/performance.md)
bench-cold: $(LAUNCH) .venv-peer/.ready .venv-bench/.ready ## How long each function takes to be ready, beside a bare client, a default build, FastAPI
	@$(PY) -m benchmarks.cold && $(CHARTS) cold
bench-warm: $(LAUNCH) .venv-bench/.ready ## Each handler beside the bare calls that it makes
	@$(PY) -m benchmarks.warm && $(CHARTS) warm
bench-load: $(LAUNCH) .venv-bench/.ready ## Whole jobs on the local stack, beside a function that does nothing
	@$(PY) -m benchmarks.load && $(CHARTS) load
cost: $(LAUNCH) .venv-bench/.ready ## What a million jobs cost (docs/cost.md)
	@$(PY) -m benchmarks.cost && $(CHARTS) cost
bench-live: $(LAUNCH) ## Live updates beside polling: requests, bytes, dollars, delays (docs/live.md)
	@$(PY) -m benchmarks.live
load-live: $(LAUNCH) ## 200 live connections, 1,000 job events: none lost, none out of order
	@$(PY) -m benchmarks.live.load
sam-local: $(LAUNCH) ## sam local invoke of the webhook in a container (needs Docker; docs/sam-local.md)
	@$(PY) -m local.sam_local

openapi: .venv/.ready $(if $(NPM),$(CLIENT)) ## Writes openapi.json anew, and the TypeScript client's types if npm is there
	@$(PY) -m openapi
	@$(if $(NPM),cd clients/typescript && npm run --silent generate,echo "without npm clients/typescript/src/openapi.ts stays as it is")
requirements: .venv/.ready ## Pins anew what requirements/*.in and layers/common/requirements.in ask for
	local/pin-requirements
deploy: .venv/.ready .venv-sam/.ready ## To AWS: make deploy ENV=dev [ARCH=x86_64] (the first time: README, "Deploy")
	@$(PY) -m local.deploy '$(or $(ENV),dev)'
clean: ## Removes what these targets made
	rm -rf .venv .venv-sam .venv-ministack .venv-microburst .venv-fuzz .venv-bench .venv-peer .dynamodb-local .local .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis clients/typescript/node_modules clients/typescript/dist
