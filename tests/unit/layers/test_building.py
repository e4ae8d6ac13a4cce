"""The build of layer and functions: what it refuses, what it leaves out, what it writes."""

import gzip
import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from building import lazy
from building.budget import DOCS_LAYER, FUNCTION, LAYER, TOTAL, check_size
from building.compiling import compile_all
from building.failure import BuildFailure
from building.services import check_uses, known_services
from building.target import PYTHON, check_interpreter, platform_of
from building.trimming import trim, trim_botocore
from local.environment import ROOT
from tests.support.template import properties, resources, template

CLIENTS = ROOT / "layers/common/sorami/clients.py"
SERVICES = frozenset({"dynamodb", "s3"})


def written(file: Path, content: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())
    return file


def test_it_is_built_for_the_runtime_of_the_template() -> None:
    runtime = template()["Globals"]["Function"]["Runtime"]
    assert runtime == f"python{PYTHON[0]}.{PYTHON[1]}"
    for makefile in ("layers/common/Makefile", "functions/Makefile"):
        assert f"PYTHON ?= {runtime}\n" in (ROOT / makefile).read_text()


@pytest.mark.parametrize("function", sorted(resources("AWS::Serverless::Function")))
def test_every_function_is_built_by_the_makefile_and_named_after_its_package(function: str) -> None:
    assert template()["Resources"][function]["Metadata"] == {"BuildMethod": "makefile", "WorkingDirectory": "."}
    package = function.removesuffix("Function").lower()
    assert properties(function)["Handler"].startswith(f"{package}.")


@pytest.mark.parametrize("version", [(3, 12, 9), (3, 14, 0)])
def test_another_python_than_the_runtimes_is_refused_in_a_sentence(version: tuple[int, int, int]) -> None:
    with pytest.raises(BuildFailure, match=rf"The runtime is Python 3\.13 and this is Python 3\.{version[1]}"):
        check_interpreter(version)
    check_interpreter((*PYTHON, 99))


def test_an_unknown_processor_is_refused() -> None:
    with pytest.raises(BuildFailure, match="ARCH is 'arm': it must be one of arm64, x86_64"):
        platform_of("arm")


def test_the_services_are_those_that_clients_are_made_of() -> None:
    assert known_services(CLIENTS) == {"apigatewaymanagementapi", "dynamodb", "s3", "secretsmanager", "sns", "sqs"}


def test_all_code_that_ships_uses_these_services_only() -> None:
    sources = [*(ROOT / "layers/common/sorami").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    check_uses((one for one in sources if one != CLIENTS), known_services(CLIENTS))


@pytest.mark.parametrize(
    "code",
    [
        'client("kms")',
        'boto3.client("kms", region_name="x")',
        'boto3.resource("kms")',
        'session().create_client("kms")',
        'session.client(service_name="kms")',
        'later(lambda: client("kms"))',
    ],
)
def test_a_service_that_was_trimmed_away_fails_the_build(code: str, tmp_path: Path) -> None:
    source = written(tmp_path / "app.py", f"\n{code}\n")
    with pytest.raises(
        BuildFailure, match=r"app\.py:2 uses the AWS service kms, which is trimmed away: only dynamodb, s3 are kept"
    ):
        check_uses([source], SERVICES)


def test_a_service_that_no_literal_names_fails_the_build(tmp_path: Path) -> None:
    with pytest.raises(BuildFailure, match="by no literal text"):
        check_uses([written(tmp_path / "app.py", "boto3.client(name)")], SERVICES)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A botocore of two services and one too many."""
    folder = tmp_path / "botocore/data"
    for service, prefix in (("dynamodb", "dynamodb"), ("s3", "s3"), ("kms", "kms")):
        shapes = {"Key": {"documentation": "<p>words</p>", "members": {"documentation": {"shape": "Text"}}}}
        described = {"metadata": {"endpointPrefix": prefix}, "documentation": "words", "shapes": shapes}
        written(folder / service / "2011-01-01" / "service-2.json.gz", described)
        written(folder / service / "2012-01-01" / "service-2.json.gz", described)
    services: dict[str, Any] = {"dynamodb": {"endpoints": {}}, "s3": {}, "kms": {}, "ec2": {}}
    written(folder / "endpoints.json", {"partitions": [{"partition": "aws", "regions": {"eu-west-3": {}}, "services": services}]})
    written(tmp_path / "boto3/data/kms/2012-01-01/resources-1.json", {})
    return folder


def test_descriptions_of_other_services_and_older_versions_stay_behind(data: Path) -> None:
    trim_botocore(data, SERVICES)
    assert sorted(str(one.relative_to(data)) for one in data.rglob("*.json*")) == [
        "dynamodb/2012-01-01/service-2.json",
        "endpoints.json",
        "s3/2012-01-01/service-2.json",
    ]
    [partition] = json.loads((data / "endpoints.json").read_text())["partitions"]
    assert set(partition["services"]) == SERVICES
    assert partition["regions"] == {"eu-west-3": {}}


def test_words_go_blank_and_members_of_that_name_stay(data: Path) -> None:
    trim_botocore(data, SERVICES)
    described = json.loads((data / "s3/2012-01-01/service-2.json").read_text())
    assert described["documentation"] == ""
    assert described["shapes"]["Key"] == {"documentation": "", "members": {"documentation": {"shape": "Text"}}}


def test_a_service_that_botocore_does_not_know_fails_the_build(data: Path) -> None:
    with pytest.raises(BuildFailure, match="no description of dynamodbx"):
        trim_botocore(data, SERVICES | {"dynamodbx"})


def test_stubs_tests_and_installers_notes_stay_behind(data: Path, tmp_path: Path) -> None:
    for name in (
        "some/module.pyi",
        "some/tests/test_it.py",
        "some-1.0.dist-info/RECORD",
        "bin/jp",
        "some-stubs/x.py",
        "charset_normalizer/md.py",
    ):
        written(tmp_path / name, "")
    kept = [written(tmp_path / name, "") for name in ("some/module.py", "some-1.0.dist-info/licenses/LICENSE")]
    trim(tmp_path, SERVICES)
    assert sorted(one for one in tmp_path.rglob("*") if one.is_file() and "data" not in one.parts) == sorted(kept)
    assert not (tmp_path / "boto3/data/kms").exists()


def test_the_list_of_what_ships_names_every_pinned_library_but_what_the_build_leaves_out(data: Path, tmp_path: Path) -> None:
    pinned = re.findall(r"^([a-z0-9-]+)==", (ROOT / "layers/common/requirements.txt").read_text(), re.MULTILINE)
    packages = {name: written(tmp_path / name.replace("-", "_") / "__init__.py", "") for name in pinned}
    trim(tmp_path, SERVICES)
    gone = [name for name, file in packages.items() if not file.exists()]
    assert re.findall(r"^LEFT_OUT := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE) == gone


def test_compiled_code_is_taken_whatever_the_clock_says(tmp_path: Path) -> None:
    """PEP 552: flags 1 are "by hash, unchecked"."""
    source = written(tmp_path / "some.py", "print(1)\n")
    compile_all(tmp_path, "/var/task")
    compiled = Path(importlib.util.cache_from_source(str(source))).read_bytes()
    assert int.from_bytes(compiled[4:8], "little") == 1
    assert b"/var/task/some.py" in compiled


def test_code_that_does_not_compile_fails_the_build(tmp_path: Path) -> None:
    written(tmp_path / "some.py", "def")
    with pytest.raises(BuildFailure, match="does not compile"):
        compile_all(tmp_path, "/var/task")


def test_a_bundle_over_its_budget_fails_the_build_and_names_the_largest_parts(tmp_path: Path) -> None:
    written(tmp_path / "large/x", "x" * 20_000)
    check_size(tmp_path, 20_000, "The layer")
    written(tmp_path / "small", "x")
    with pytest.raises(BuildFailure, match=r"The layer is 0\.02 MB unpacked.*Largest: large 0\.02 MB, small"):
        check_size(tmp_path, 20_000, "The layer")


def test_the_budgets_of_all_parts_are_26_mb_together() -> None:
    assert LAYER + FUNCTION + DOCS_LAYER == TOTAL == 26_000_000


PACKAGE = '''"""Tools."""
import os
from aws_lambda_powertools.logs import Logger, setup
from aws_lambda_powertools.tracing import Tracer
__all__ = ["Logger", "Tracer"]
setup()
'''


def powertools(folder: Path, source: str = PACKAGE) -> Path:
    written(folder / "aws_lambda_powertools/logs.py", "class Logger: ...\ndef setup(): ...\n")
    written(folder / "aws_lambda_powertools/tracing.py", "class Tracer: ...\n")
    return written(folder / "aws_lambda_powertools/__init__.py", source)


def test_powertools_offers_the_same_and_imports_it_when_it_is_asked_for(tmp_path: Path) -> None:
    module = powertools(tmp_path)
    assert lazy.make_lazy(tmp_path, "aws_lambda_powertools") is None
    source = module.read_text()
    assert "import Tracer" not in source
    assert "from aws_lambda_powertools.logs import setup" in source
    assert re.search(
        r"_OFFERED = \{'Logger': 'aws_lambda_powertools\.logs', 'Tracer': 'aws_lambda_powertools\.tracing'\}", source
    )


def test_what_has_the_name_of_its_module_is_found_whoever_imported_the_module_before(tmp_path: Path) -> None:
    """As `event_source` of Powertools' event classes has, given relatively as they are."""
    module = powertools(tmp_path, 'from .setup import setup\nfrom .logs import Logger\n__all__ = ["Logger", "setup"]\n')
    written(tmp_path / "aws_lambda_powertools/setup.py", "def setup(): ...\n")
    assert lazy.make_lazy(tmp_path, "aws_lambda_powertools") is None
    module.write_text(module.read_text().replace("isinstance(value, type(sys))", "False"))
    with pytest.raises(lazy.Unexpected, match="the trial failed"):
        lazy._try(tmp_path, "aws_lambda_powertools")


@pytest.mark.parametrize(
    ("package", "offered"),
    [
        ("aws_lambda_powertools", "'Tracer': 'aws_lambda_powertools.tracing'"),
        ("aws_lambda_powertools.utilities.data_classes", "'SESEvent': 'aws_lambda_powertools.utilities.data_classes.ses_event'"),
    ],
)
def test_the_powertools_that_ships_can_be_made_lazy(package: str, offered: str) -> None:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    assert offered in lazy.lazy_source(Path(found.origin).read_text(), package)


@pytest.mark.parametrize(
    "source",
    [
        PACKAGE + "if os.name: pass\n",
        PACKAGE.replace("setup()", "Logger()"),
        "import os\n",
        PACKAGE.replace("tracing", "elsewhere"),
        "def",
    ],
    ids=["more than it knows", "its own use", "nothing offered", "a trial that fails", "no code"],
)
def test_a_powertools_that_is_not_as_expected_stays_as_it_came(source: str, tmp_path: Path) -> None:
    module = powertools(tmp_path, source)
    assert lazy.make_lazy(tmp_path, "aws_lambda_powertools")
    assert module.read_text() == source


def test_the_build_uses_the_standard_library_alone() -> None:
    for source in (ROOT / "layers/common/building").glob("*.py"):
        imported = re.findall(r"^(?:from|import) (\w+)", source.read_text(), re.MULTILINE)
        assert set(imported) <= {*sys.stdlib_module_names, "building"}
