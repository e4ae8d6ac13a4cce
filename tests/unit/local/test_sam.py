import json
import subprocess

from local.environment import python_of
from local.sam import complaint, overrides


def test_a_parameter_with_spaces_is_quoted_so_that_sam_does_not_cut_it() -> None:
    assert overrides({"DailyAt": "cron(0 7 * * ? *)", "WebhookUrl": ""}) == ["DailyAt='cron(0 7 * * ? *)'", "WebhookUrl=''"]


def test_the_complaint_is_the_error_and_not_the_caret_under_it() -> None:
    output = "Starting Build\n\nError: Failed to parse template: expected ',' or '}'\n  in line 19\n      ^\n"
    assert complaint(output) == "Failed to parse template: expected ',' or '}'"


def test_without_an_error_line_the_last_words_stand() -> None:
    assert complaint("one\ntwo\n\n") == "two"
    assert complaint("") == "it printed nothing"


_READ_BY_SAM = """
import json, sys
from samcli.cli.types import CfnParameterOverridesType

print(json.dumps(CfnParameterOverridesType().convert(tuple(sys.argv[1:]), None, None)))
"""


def test_sam_reads_every_value_to_the_letter() -> None:
    """Held against its own parser, which passes over in silence what it does not understand."""
    values = {
        "AlarmEmail": "o'brien@sorami.app",
        "AllowedOrigins": "https://sorami.app, http://localhost:3000",
        "BackendUrl": "https://backend.sorami.app/a=b,c'd\"e",
        "WebhookUrl": "",
        "JwtAudience": "'sorami'",
    }
    command = [str(python_of(".venv-sam")), "-c", _READ_BY_SAM, *overrides(values)]
    assert json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) == values
