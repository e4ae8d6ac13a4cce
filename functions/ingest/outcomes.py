"""How the copy of one image can fail: for good, or for now."""


class CopyRefused(Exception):
    """Trying again would not help. The text is for operators; it is stored beside the image's URL."""


class CopyPostponed(Exception):
    """The stream is to deliver the job again. The text is for operators."""
