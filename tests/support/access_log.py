"""The gateway's access log: a line as AWS writes it, and which of them CloudWatch's metric filters count."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

NOTHING = "-"
"""What AWS writes for a variable that has no value."""

_CLAUSE = re.compile(r'\(\$\.(\w+) (=|!=) "([^"]*)"\)')


def written(line_format: str, values: Mapping[str, str]) -> str:
    """A line by AccessLogSettings.Format; `values` are those of `$context`, such as `integration.status`."""
    return re.sub(r"\$context\.([A-Za-z.]+)", lambda found: values.get(found[1], NOTHING), line_format)


def counts(pattern: str, said: Mapping[str, str]) -> bool:
    """Whether a metric filter counts the line, by CloudWatch's syntax as far as template.yaml uses it; else an AssertionError."""
    clauses = _CLAUSE.findall(pattern)
    assert pattern == "{ " + " && ".join(f'($.{name} {sign} "{value}")' for name, sign, value in clauses) + " }", pattern
    return all(fnmatchcase(said[name], value) is (sign == "=") for name, sign, value in clauses)
