"""What `sorami doctor` looks at, in the order in which trouble is best looked for: here, in AWS, over HTTP."""

from collections.abc import Callable, Iterator

import requests
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from ops.diagnosis import deployed, here, parameters, versions, wire
from ops.diagnosis.finding import Finding, Verdict, failing, skipped
from ops.exits import ConsoleFailure
from ops.stack import Place
from sorami.errors import ServiceError

type Check = Callable[[Place], Finding]

CHECKS: dict[str, Check] = {
    "python": here.check_python,
    "boto3": here.check_boto3,
    "sam": here.check_sam,
    "credentials": deployed.check_credentials,
    "stack": deployed.check_stack,
    "parameters": parameters.check_parameters,
    "versions": versions.check_versions,
    "secret": deployed.check_secret,
    "api": wire.check_api,
    "clock": wire.check_clock,
    "webhook": wire.check_webhook,
    "issuer": wire.check_issuer,
    "cors": wire.check_cors,
    "backend": wire.check_backend,
    "reconcile": deployed.check_reconcile,
    "alarms": deployed.check_alarms,
    "parked": deployed.check_parked,
}


_FOUNDATIONS = ("credentials", "stack")
"""What all that comes after them stands on."""


def findings(place: Place) -> Iterator[tuple[str, Finding]]:
    """One after the other, as they are found. A check that cannot be made is one that fails; without a stack there are few."""
    missing = None
    for name, check in CHECKS.items():
        finding = _made(check, place) if missing is None else skipped(f"It needs the {missing}.")
        if missing is None and name in _FOUNDATIONS and finding.verdict is Verdict.FAIL and not _is_described(place):
            missing = name
        yield name, finding


def _is_described(place: Place) -> bool:
    """A stack in a bad state is still one that can be looked at."""
    return "description" in vars(place)


def worst(verdicts: list[Verdict]) -> Verdict:
    """SKIPPED counts as OK."""
    for verdict in (Verdict.FAIL, Verdict.WARN):
        if verdict in verdicts:
            return verdict
    return Verdict.OK


def _made(check: Check, place: Place) -> Finding:
    try:
        return check(place)
    except requests.RequestException as error:
        return failing(f"No answer: {type(error).__name__}.", "Is the address right, and may this machine reach it?")
    except KeyError as absence:
        return failing(f"The stack has no {absence.args[0]}.", "Is it a stack of this template, and of this version? make deploy")
    except (NoRegionError, NoCredentialsError) as error:
        return failing(str(error), "Set AWS_REGION, and AWS_PROFILE or what your sign-in needs.")
    except ConsoleFailure as failure:
        return failing(str(failure), "sam list, or the console of CloudFormation, shows what there is.")
    except (ServiceError, ClientError, BotoCoreError) as error:
        return failing(f"It cannot be looked at: {error}", "These credentials need to be allowed this call.")
