"""The one error of a build."""


class BuildFailure(Exception):
    """What is wrong and what to do about it, in a sentence: it is all that `sam build` shows."""
