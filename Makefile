# Everything here sets up what it needs by itself. `make` alone lists the targets.
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PY := .venv/bin/python
SORAMI := .venv/bin/sorami
ON_STACK = $(if $(STACK),--stack $(call quoted,STACK))
export PYTHONPATH := layers/common:functions
export SAM_CLI_TELEMETRY := 0
LAUNCH := .venv/.ready .venv-sam/.ready .venv-ministack/.ready
SCANNERS := .venv/.ready .venv-sam/.ready .venv-security/.ready
CLIENT := clients/typescript/node_modules/.ready
CHARTS := .venv-bench/bin/python -m benchmarks.charts
QUOTE := $(PY) -m benchmarks.quote
# $(call quoted,NAME): what NAME was set to, in one word of the shell and to the letter, dollars too.
quoted = '$(subst ','\'',$(value $(1)))'
# Pinned, since requests asks for it, and not shipped (layers/common/building/trimming.py).
LEFT_OUT := charset-normalizer
NPM := $(shell command -v npm)
ENGINES := .venv/.ready .venv-ministack/.ready .dynamodb-local/.ready

.PHONY: help setup run token jobs job notifications parked redrive rotate-secret retire-secret secret-status webhook check-backend doctor outputs teardown test checks lint types template unit properties histories races import-check e2e test-browser screenshots fuzz soak runbook defects fuzz-webhook attack iam-matrix security scan sbom bench bench-cold bench-warm bench-load cost scale bench-live load-live sam-local test-sam-local openapi requirements build deploy clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(LAUNCH) ## The virtual environments (every target that needs them does this itself)

.venv/.ready: requirements/dev.txt requirements/uv.txt local/make-venv
	@local/make-venv .venv requirements/dev.txt
.venv-backend/.ready: examples/backend/requirements.txt .venv/.ready
	@local/make-venv .venv-backend examples/backend/requirements.txt
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
	@$(SORAMI) token $(or $(SUB),user_1) $(if $(ORG),--org $(ORG))
jobs: .venv/.ready ## The latest 5 jobs of all users [STACK=a-deployed-stack]
	@$(SORAMI) jobs --limit 5 $(ON_STACK)
job: .venv/.ready ## One job, where it stands, and its images: make job ID=… [STACK=…]
	@$(SORAMI) job $(or $(ID),$(error say which: make job ID=…)) $(ON_STACK)
notifications: .venv/.ready ## The latest notifications [SUB=user_1] [STACK=…]
	@$(SORAMI) notifications $(if $(SUB),--user $(SUB)) $(ON_STACK)
parked: .venv/.ready ## Stream records that notify could not read [ID=… for one whole] [STACK=…]
	@$(SORAMI) parked $(if $(ID),show $(ID),list) $(ON_STACK)
redrive: .venv/.ready ## Sends parked records through notify again [ID=…] [DRY=1] [STACK=…]
	@$(SORAMI) parked redrive $(ID) $(if $(DRY),--dry-run) $(ON_STACK)
rotate-secret: .venv/.ready ## A fresh webhook secret becomes current, the one until now stays good [DRY=1] [STACK=…]
	@$(SORAMI) secret rotate $(if $(DRY),--dry-run) $(ON_STACK)
retire-secret: .venv/.ready ## The webhook secret before the last rotation is refused, within five minutes everywhere [DRY=1] [STACK=…]
	@$(SORAMI) secret retire $(if $(DRY),--dry-run) $(ON_STACK)
webhook: .venv/.ready ## Reports for a backend: make webhook JOB=… STATUS=generating [PROGRESS=60] [ERROR=… CODE=…] [IMAGES=2] [DRY=1] [STACK=…]
	@$(SORAMI) webhook send $(if $(JOB),$(call quoted,JOB),$(error say which: make webhook JOB=… STATUS=…)) \
	  $(if $(STATUS),$(call quoted,STATUS),$(error say what: STATUS=generating, saving, completed, failed …)) \
	  $(if $(PROGRESS),--progress $(call quoted,PROGRESS)) $(if $(value ERROR),--error $(call quoted,ERROR)) \
	  $(if $(CODE),--code $(call quoted,CODE)) $(if $(IMAGES),--images $(call quoted,IMAGES)) $(if $(DRY),--dry-run) $(ON_STACK)
check-backend: .venv/.ready ## What a backend does right and wrong: make check-backend URL=… [KEY=…] [SECRET=…] [PUBLIC=http://tunnel LISTEN=port] [PATIENCE=120] [JSON=1]
	@$(if $(value KEY),BACKEND_API_KEY=$(call quoted,KEY)) $(if $(value SECRET),WEBHOOK_SECRET=$(call quoted,SECRET)) \
	  $(PY) -m ops.contract $(if $(URL),$(call quoted,URL)) $(if $(PUBLIC),--public $(call quoted,PUBLIC)) \
	  $(if $(LISTEN),--port $(call quoted,LISTEN)) $(if $(PATIENCE),--patience $(call quoted,PATIENCE)) \
	  $(if $(RETRY),--retry $(call quoted,RETRY)) $(if $(value PROMPT),--prompt $(call quoted,PROMPT)) $(if $(JSON),--json)
secret-status: .venv/.ready ## Fingerprints of the webhook's secrets [STACK=…]
	@$(SORAMI) secret status $(ON_STACK)
doctor: .venv/.ready ## What is wrong, here and in a stack, and what to do about it [STACK=…]
	@$(SORAMI) doctor $(ON_STACK)
outputs: .venv/.ready ## Addresses and names of a stack, with whom each is for [STACK=…]
	@$(SORAMI) outputs $(ON_STACK)
teardown: .venv/.ready ## A stack that is not in production goes, with its tables and files: make teardown STACK=sorami-dev [DRY=1]
	@$(SORAMI) teardown $(or $(ON_STACK),$(error say which: make teardown STACK=…)) $(if $(DRY),--dry-run)

test: checks unit properties e2e ## All that CI runs
checks: $(SCANNERS) # all that only reads the code, side by side
	@$(MAKE) --no-print-directory -j 3 lint types template scan
lint: .venv/.ready ## ruff: rules and format
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
types: .venv/.ready ## mypy, strict
	.venv/bin/mypy functions layers openapi local ops examples tests benchmarks
template: .venv-sam/.ready ## cfn-lint and sam validate --lint
	.venv-sam/bin/cfn-lint template.yaml
	AWS_DEFAULT_REGION=eu-west-3 .venv-sam/bin/sam validate --lint
unit: .venv/.ready .venv-backend/.ready .venv-sam/.ready ## Unit tests, with moto; a quarter of the time they wait for programs that they start
	.venv/bin/pytest -q tests/unit -n 3 $(if $(SEED),--hypothesis-seed $(SEED))
properties: $(ENGINES) .venv-microburst/.ready ## On two DynamoDB engines: random histories, races, a bad network
	.venv/bin/pytest -q tests/properties tests/engines -n 2
histories: $(ENGINES) ## More random histories: make histories N=15000 [SEED=…]
	HISTORIES=$(or $(N),15000) SEED=$(or $(SEED),$(shell date +%s)) .venv/bin/pytest -q tests/properties -n 2 --timeout 0
import-check: $(ENGINES) ## 10,000 exported rows imported twice on two DynamoDB engines, with the same end state [N=10000]
	@IMPORT_ROWS=$(or $(N),10000) .venv/bin/pytest -q -s tests/engines/test_import.py --timeout 0
races: $(ENGINES) ## 50 writers and 20 reconcilers at once, on two DynamoDB engines
	.venv/bin/pytest -q tests/engines/test_races.py -n 2
e2e: $(LAUNCH) .venv-fuzz/.ready $(if $(NPM),$(CLIENT)) ## The deployed stack, over HTTP
	.venv/bin/pytest -q tests/e2e -n 2 --dist loadgroup
test-browser: $(LAUNCH) ## The page in a Chromium that is on PATH: walks, failures, keyboard, axe-core; part of e2e
	.venv/bin/pytest -q tests/e2e/browser
screenshots: $(LAUNCH) ## The same walk, whose steps go to docs/screenshots: light and dark, desktop and phone
	SCREENSHOTS=docs/screenshots .venv/bin/pytest -q tests/e2e/browser/test_walk.py
fuzz: $(LAUNCH) .venv-fuzz/.ready ## openapi.json against a stack: thousands of random requests, with tokens and without [N=100] [SEED=…]
	@$(PY) -m tests.fuzz $(N) $(if $(SEED),--seed $(SEED))
soak: $(LAUNCH) ## Many jobs while everything around them fails: nothing lost, nothing doubled [N=1000] [SEED=…]
	@$(PY) -m tests.soak $(or $(N),1000) $(if $(SEED),--seed $(SEED))
runbook: $(LAUNCH) ## Breaks each thing that an alarm watches, follows docs/runbook.md until it is mended [ONLY="ParkedRecordsAlarm …"]
	@$(PY) -m tests.runbook $(ONLY)
defects: .venv/.ready ## Takes one guard away at a time and shows which test notices [ONLY=…]
	@$(PY) -m tests.defects $(if $(ONLY),'$(ONLY)')
fuzz-webhook: $(LAUNCH) ## Hostile bodies against the webhook: refused, without a trace [N=5000] [SEED=…]
	@$(PY) -m tests.hostile $(or $(N),5000) $(if $(SEED),--seed $(SEED))
bench: bench-cold bench-warm bench-load cost scale ## Cold starts, warm calls, load, dollars, limits; writes the tables of docs/performance.md, docs/cost.md, docs/scale.md
bench-cold: $(LAUNCH) .venv-peer/.ready .venv-bench/.ready ## How long each function takes to be ready, beside a bare client, a default build, FastAPI
	@$(PY) -m benchmarks.cold && $(CHARTS) cold && $(QUOTE)
bench-warm: $(LAUNCH) .venv-bench/.ready ## Each handler beside the bare calls that it makes
	@$(PY) -m benchmarks.warm && $(CHARTS) warm && $(QUOTE)
bench-load: $(LAUNCH) .venv-bench/.ready ## Whole jobs on the local stack, beside the bare calls and a function that does nothing
	@$(PY) -m benchmarks.load && $(CHARTS) load && $(QUOTE)
cost: $(LAUNCH) .venv-bench/.ready ## What a million jobs cost (docs/cost.md)
	@$(PY) -m benchmarks.cost && $(CHARTS) cost && $(QUOTE)
scale: .venv/.ready .venv-bench/.ready ## What gives way at 1, 100 and 10,000 jobs a second: limits and a simulation (docs/scale.md)
	@$(PY) -m benchmarks.scale && $(CHARTS) scale && $(QUOTE)
attack: $(LAUNCH) ## Bad tokens on every route, a stranger's requests for another's things: all refused [N=1000] [SEED=…]
	@$(PY) -m tests.hostile.intruders $(or $(N),1000) $(if $(SEED),--seed $(SEED))
iam-matrix: .venv/.ready ## Writes what each function may do into docs/security.md, from template.yaml
	@$(PY) -m tests.security.iam_matrix
security: $(SCANNERS) .venv-checkov/.ready ## Static checks against tests/security/baseline.toml [AUDIT=required]
	@$(PY) -m tests.security $(if $(AUDIT),--audit $(AUDIT))
scan: $(SCANNERS) # the quick ones of `make security`
	@$(PY) -m tests.security --quick
sbom: .venv/.ready .venv-security/.ready ## What ships in the layer, as CycloneDX: .local/sbom.json
	@mkdir -p .local
	@sed '/^$(LEFT_OUT)==/,/# via/d' layers/common/requirements.txt | \
	  .venv-security/bin/cyclonedx-py requirements - --output-reproducible --of JSON -o .local/sbom.json
	@$(PY) -c 'import json; print(len(json.load(open(".local/sbom.json"))["components"]), "components in .local/sbom.json")'
bench-live: $(LAUNCH) ## Live updates beside polling: requests, bytes, dollars, delays; then load-live (docs/live.md)
	@$(PY) -m benchmarks.live
	@$(PY) -m benchmarks.live.load
load-live: $(LAUNCH) ## 200 live connections, 1,000 job events: none lost, none out of order
	@$(PY) -m benchmarks.live.load
sam-local: $(LAUNCH) ## The functions in Lambda's containers until Ctrl-C, beside `make run` or [STACK=…] (Docker) [PORT=3000] [LAMBDA_PORT=3001]
	@exec $(PY) -m local.sam_local $(ON_STACK) $(if $(PORT),--port='$(PORT)') $(if $(LAMBDA_PORT),--lambda-port='$(LAMBDA_PORT)')
test-sam-local: $(LAUNCH) ## The main job through Lambda's containers; without Docker or the image it says so and skips
	.venv/bin/pytest -q tests/sam_local --timeout 900

openapi: .venv/.ready $(if $(NPM),$(CLIENT)) ## Writes openapi.json anew, and the TypeScript client's types if npm is there
	@$(PY) -m openapi
	@$(if $(NPM),cd clients/typescript && npm run --silent generate,echo "without npm clients/typescript/src/openapi.ts stays as it is")
requirements: .venv/.ready ## Pins anew what requirements/*.in and layers/common/requirements.in ask for
	local/pin-requirements
build: .venv/.ready .venv-sam/.ready ## What is deployed, into .aws-sam [ARCH=x86_64]
	AWS_DEFAULT_REGION=eu-west-3 PATH="$(CURDIR)/.venv/bin:$$PATH" .venv-sam/bin/sam build $(if $(ARCH),--parameter-overrides Arch=$(ARCH))
deploy: .venv/.ready .venv-sam/.ready ## To AWS: make deploy ENV=dev [ARCH=x86_64] [PARAMETER_BackendUrl=…] [BUILT=1] [RELEASE=again]; ENV=local: into the open `make run` (docs/deploy.md)
	@$(PY) -m local.deploy '$(or $(ENV),dev)'
clean: ## Removes what these targets made
	rm -rf .venv .venv-sam .venv-ministack .venv-microburst .venv-fuzz .venv-backend .venv-security .venv-checkov .venv-bench .venv-peer .dynamodb-local .local .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis clients/typescript/node_modules clients/typescript/dist
