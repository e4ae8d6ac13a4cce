"""How pytest-xdist shares out tests on engines: one worker has one engine, and so starts no other."""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.support.engines import DYNAMODB_LOCAL, MINISTACK


# xdist's own loadgroup writes its groups where pytest 9.2 no longer reads them.
class OneWorkerPerEngine(LoadScopeScheduling):  # type: ignore[misc]  # of a base that mypy does not see
    def _split_scope(self, nodeid: str) -> str:
        return next((name for name in (MINISTACK, DYNAMODB_LOCAL) if f"[{name}" in nodeid), nodeid)
