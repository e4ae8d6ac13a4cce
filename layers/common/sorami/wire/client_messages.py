"""What clients say over a live connection (docs/live.md)."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_RECEIVED_BYTES: Final = 4096
MAX_FOLLOWED: Final = 50


class ClientMessage(BaseModel):
    """`job_ids`: jobs that it follows, so that it also hears of those that have ended meanwhile."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["ping", "sync"]
    job_ids: Annotated[tuple[str, ...], Field(max_length=MAX_FOLLOWED)] = ()
