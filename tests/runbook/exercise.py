"""What an exercise consists of: the thing is broken, the alarm's metric crosses its threshold, the section's text mends it."""

from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from tests.runbook.book import Section, sections
from tests.runbook.stage import Ran, Stage


class Missed(Exception):
    """The section did not hold what it says."""


@dataclass
class Exercise(ABC):
    """`section` is the alarm; `broken_by` says how, for the table. `ends` is closed to mend what `break_` has opened."""

    section: str
    broken_by: str
    ends: ExitStack = field(default_factory=ExitStack)
    began: float = 0

    @abstractmethod
    def break_(self, stage: Stage) -> None: ...

    def look(self, _stage: Stage) -> None:
        """Follows “Look”, as far as it can be followed here."""
        expect(self.text.parts["Look"], "“Look” is empty")

    def mend(self, stage: Stage) -> None:
        """Follows “Do”."""
        self.ends.close()

    @abstractmethod
    def verify(self, stage: Stage) -> None:
        """Follows “Verify”."""

    @property
    def text(self) -> Section:
        return sections()[self.section]

    def sorami(self, stage: Stage, part: str, command: str, job_id: str = "") -> Ran:
        """Runs a command exactly as that part of the section has it, with the job's id for ID."""
        expect(command in self.text.commands(part), f"“{part}” does not say `sorami {command}`")
        return stage.sorami(*(job_id if word == "ID" else word for word in command.split()))

    def errors(self, stage: Stage, service: str, *, about: str = "") -> None:
        """What the query *errors* shows of that function since the thing was broken."""
        expect("*errors*" in self.text.parts["Look"], "“Look” does not name the query *errors*")
        found = [line for line in stage.lines(service, self.began) if line.get("level") in {"ERROR", "CRITICAL"}]
        expect(found, f"no ERROR line of {service}")
        expect(
            not about or any(line.get("correlation_id") == about for line in found), f"no ERROR line of {service} about {about}"
        )

    def routes(self, stage: Stage, status: str) -> dict[str, str]:
        """What the query *routes* shows since the thing was broken: routes with such a status, and the last error of each."""
        expect("*routes*" in self.text.parts["Look"], "“Look” does not name the query *routes*")
        return {line["route"]: line["error"] for line in stage.requests(self.began) if line["status"].startswith(status)}

    def reasons(self, stage: Stage, service: str, about: str) -> str:
        """What the query *reasons* shows of that function's warnings about a job since the thing was broken."""
        expect("*reasons*" in self.text.parts["Look"], "“Look” does not name the query *reasons*")
        lines = [line for line in stage.lines(service, self.began) if line.get("level") == "WARNING"]
        return "; ".join(str(line.get("reason")) for line in lines if line.get("correlation_id") == about)

    def value(self, stage: Stage, alarm: dict[str, Any]) -> float:
        """The alarm's metric now; what counts is how much it has grown since before, unless it is a level.

        By the function's own lines, the gateway's access log, the engine's metrics of Lambda, or the depth of a queue. What only
        AWS counts, an exercise counts itself.
        """
        dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
        match alarm["Namespace"]:
            case "AWS/Lambda":
                return stage.lambda_sum(alarm["MetricName"], dimensions.get("FunctionName"), 3600)
            case "AWS/SQS":
                [queue] = [name for name, url in stage.stack.resources.items() if url.endswith(f"/{dimensions['QueueName']}")]
                return stage.depth(queue)
            case _ if dimensions:
                return stage.counted(dimensions["service"], alarm["MetricName"])
            case _:
                return stage.counted_by_gateway(alarm["MetricName"])


def expect(fact: object, otherwise: str) -> None:
    if not fact:
        raise Missed(otherwise)


def rings(alarm: dict[str, Any], value: float) -> bool:
    """By the threshold as it was deployed."""
    if alarm["ComparisonOperator"] == "LessThanThreshold":
        return bool(value < alarm["Threshold"])
    expect(alarm["ComparisonOperator"] == "GreaterThanThreshold", f"an unexpected operator: {alarm['ComparisonOperator']}")
    return bool(value > alarm["Threshold"])
