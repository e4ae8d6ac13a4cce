"""What every table has in common: DynamoDB's errors in this service's terms."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from sorami.errors import StoreUnavailable


class ConditionFailed(Exception):
    """A conditional write that DynamoDB refused; `old_item` is empty if there was none."""

    def __init__(self, old_item: dict[str, Any]) -> None:
        super().__init__("the condition failed")
        self.old_item = old_item


_FINAL_CODES = frozenset(
    {"ValidationException", "AccessDeniedException", "ResourceNotFoundException", "ItemCollectionSizeLimitExceededException"}
)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns botocore's errors into this service's, by their code. What no retry can mend (our own bug) is left as it is."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            old_item = cast("dict[str, Any]", error.response.get("Item", {}))
            raise ConditionFailed(old_item) from error
        if code in _FINAL_CODES:
            raise
        raise StoreUnavailable(code) from error
    except BotoCoreError as error:
        raise StoreUnavailable(type(error).__name__) from error
