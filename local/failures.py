"""What can go wrong with a local stack, as one sentence for the person who started it.

StartFailure          the stack did not come up
├── BadOption         a value that was asked for makes no sense
├── PortInUse         another program listens on the asked port
├── SamFailed         `sam build` or `sam deploy` said no; its whole output is attached
ChildEnded            a part of a running stack ended by itself
NoStack               nothing is running here (or what is recorded is stale)
"""


class LocalFailure(Exception):
    """Expected: shown as one sentence, without a traceback."""


class StartFailure(LocalFailure):
    pass


class BadOption(StartFailure):
    pass


class PortInUse(StartFailure):
    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is already in use on 127.0.0.1: stop what listens there, or choose another, such as PORT=8081."
        )


class SamFailed(StartFailure):
    def __init__(self, sentence: str, output: str) -> None:
        super().__init__(sentence)
        self.output = output


class ChildEnded(LocalFailure):
    pass


class NoStack(LocalFailure):
    pass
