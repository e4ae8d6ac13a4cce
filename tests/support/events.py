"""tests/events: whole events as AWS sends them, one for each way into the functions, about one job of one user.

Each file can be sent by hand as it is; `event` puts the ids of a run into it.
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "events"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))
JOB_ID = "01a20519-ab9e-7339-80c0-462877331fa4"
USER = "user_1"
WEBHOOK_SECRET = "the-webhook-secret"


def event(name: str, *, job_id: str = JOB_ID, user: str = USER, webhook_secret: str = WEBHOOK_SECRET) -> dict[str, Any]:
    """The event of that file, about this job of this user."""
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    for written, wanted in ((JOB_ID, job_id), (USER, user), (WEBHOOK_SECRET, webhook_secret)):
        text = text.replace(written, wanted)
    filled: dict[str, Any] = json.loads(text)
    return filled
