"""References to images that users have uploaded here: `upload://<owner>/<file>`.

A reference is good for as long as the file is there, unlike a presigned URL; it is what a job stores as its `input_image_url`. It
names its owner by a hash, so that nobody else's is taken and no file has to be looked for.
"""

import hashlib
import re
import secrets

MAX_BYTES = 10 * 1024 * 1024
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}

_SCHEME = "upload://"
_REFERENCE = re.compile(r"upload://(?P<owner>[0-9a-f]{32})/[0-9a-f]{32}\.(png|jpg|webp)", re.ASCII)


def new_upload(user_id: str, content_type: str) -> str:
    """The reference of a file that this user is going to upload."""
    return f"{_SCHEME}{_owner(user_id)}/{secrets.token_hex(16)}.{EXTENSIONS[content_type]}"


def is_upload(url: str) -> bool:
    """Whether the URL has the form of a reference, whosesoever."""
    return _REFERENCE.fullmatch(url) is not None


def is_own_upload(url: str, user_id: str) -> bool:
    found = _REFERENCE.fullmatch(url)
    return found is not None and found["owner"] == _owner(user_id)


def upload_key(reference: str) -> str:
    """Where the file lies in the images bucket."""
    return f"uploads/{reference.removeprefix(_SCHEME)}"


def _owner(user_id: str) -> str:
    """A user id is any text of up to 512 bytes; this is a name for a folder."""
    return hashlib.sha256(b"sorami:uploads:" + user_id.encode()).hexdigest()[:32]
