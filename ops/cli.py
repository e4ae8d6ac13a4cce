"""`sorami`: what an operator does with a stack, the local one or a deployed one. Each command's --help has examples."""

from typing import Any

import requests
import typer
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError
from typer.core import TyperGroup

from local.failures import LocalFailure
from ops.commands import (
    cost,
    doctor,
    importing,
    job,
    jobs,
    mending,
    notifications,
    outputs,
    parked,
    secret,
    teardown,
    token,
    webhook,
)
from ops.exits import ConsoleFailure, Exit
from ops.options import add, examples
from ops.showing import warn
from sorami.errors import FilesUnavailable, JobNotFound, StoreUnavailable

_NO_REGION = "In which region is the stack? Set AWS_REGION, for example: AWS_REGION=eu-west-3 sorami jobs --stack sorami-prod"

_GONE = "What the stack kept there is gone; was it torn down? `sorami doctor` shows what stands."

_NO_CREDENTIALS = "There are no AWS credentials here: set AWS_PROFILE, or sign in (aws sso login, aws configure)."


class _Commands(TyperGroup):
    """What can be expected to go wrong is one sentence on stderr and an exit code; the rest is a bug, with its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ConsoleFailure as failure:
            raise _ended(str(failure), failure.exit) from failure
        except JobNotFound as absence:
            raise _ended(f"There is no job {str(absence)!r} in this stack.", Exit.NOT_THERE) from absence
        except NoRegionError as error:
            raise _ended(_NO_REGION, Exit.UNREACHABLE) from error
        except NoCredentialsError as error:
            raise _ended(_NO_CREDENTIALS, Exit.UNREACHABLE) from error
        except requests.RequestException as error:
            raise _ended(f"No answer over HTTP: {type(error).__name__}.", Exit.UNREACHABLE) from error
        except ClientError as error:
            gone = error.response["Error"]["Code"] == "ResourceNotFoundException"
            raise _ended(f"{_GONE} ({error})" if gone else str(error), Exit.UNREACHABLE) from error
        except (LocalFailure, StoreUnavailable, FilesUnavailable, BotoCoreError) as error:
            raise _ended(str(error), Exit.UNREACHABLE) from error
        except KeyboardInterrupt:
            raise typer.Exit(130) from None  # what a shell expects of a program that Ctrl-C ended


def _ended(sentence: str, code: Exit) -> typer.Exit:
    warn(sentence)
    return typer.Exit(code)


app = typer.Typer(
    name="sorami",
    cls=_Commands,
    help="Sorami Images from an operator's side: the local stack, or a deployed one by its name (--stack).",
    epilog=examples(
        "sorami jobs --status FAILED --since 2h",
        "sorami job 01a20519-ab9e-7339-80c0-462877331fa4 --stack sorami-prod",
        "sorami doctor --stack sorami-prod",
    )
    + "\n\n[bold]Exit codes[/bold]\n"
    "  0 done\n  1 AWS or the stack cannot be reached\n  2 wrong usage\n  3 no such thing\n  4 refused as things stand\n"
    "  5 something is left undone\n  6 doctor warns\n  7 doctor found something broken",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
add(app, "jobs", jobs.show_jobs, *jobs.EXAMPLES)
add(app, "job", job.show_job, *job.EXAMPLES)
add(app, "notifications", notifications.show_notifications, *notifications.EXAMPLES)
add(app, "retry", mending.retry_job, *mending.RETRY_EXAMPLES)
add(app, "expire", mending.expire_job, *mending.EXPIRE_EXAMPLES)
app.add_typer(parked.app, name="parked")
app.add_typer(secret.app, name="secret")
app.add_typer(webhook.app, name="webhook")
add(app, "cost", cost.show_cost, *cost.EXAMPLES)
add(app, "import", importing.import_history, *importing.EXAMPLES)
add(app, "token", token.print_token, *token.EXAMPLES)
add(app, "outputs", outputs.show_outputs, *outputs.EXAMPLES)
add(app, "teardown", teardown.tear_down, *teardown.EXAMPLES)
add(app, "doctor", doctor.run_checks, *doctor.EXAMPLES)


def main() -> None:
    app()
