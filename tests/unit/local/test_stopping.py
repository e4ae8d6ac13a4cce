"""What a Ctrl-C does to commands that stay."""

import signal
from collections.abc import Iterator

import pytest

from local import stopping


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {ending: signal.getsignal(ending) for ending in stopping._ENDINGS}
    yield
    for ending, handler in before.items():
        signal.signal(ending, handler)


@pytest.mark.parametrize("ending", stopping._ENDINGS)
def test_the_first_signal_is_answered_at_once_and_no_other_disturbs_what_it_begins(
    ending: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    signal.signal(ending, stopping._stop)
    with pytest.raises(stopping.Stopped):
        signal.raise_signal(ending)
    assert capfd.readouterr().out == "\nStopping…\n"
    for other in stopping._ENDINGS:
        signal.raise_signal(other)  # an unheard one would end this process


def test_a_terminal_that_has_gone_keeps_nothing_from_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_handle: int, _text: bytes) -> int:
        raise OSError

    monkeypatch.setattr("local.stopping.os.write", gone)
    with pytest.raises(stopping.Stopped):
        stopping._stop(signal.SIGHUP, None)
