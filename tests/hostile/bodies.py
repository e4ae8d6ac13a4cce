"""Webhook bodies that mean harm, for Hypothesis: good ones with parts replaced, doubled, taken out or added, then bent."""

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.hostile.json_text import Pairs, Raw, pairs_of, to_text
from tests.support.api import completed, failed, progress

JOB = "00000000-0000-7000-8000-000000000000"
"""Stands in a body for the id of the job that is aimed at."""

ANOTHER_JOB = "01a20519-ab9e-7339-80c0-462877331fa4"
_DEEP = 10_000
_LONG = 300 * 1024

NUMBERS = [
    "NaN",
    "-NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "1e-999",
    "-0",
    "-1",
    "101",
    "1" * 400,
    "0x10",
    "1.",
    "01",
    "9" * 5000,
]
TEXTS = [
    "",
    " ",
    "x" * _LONG,
    "\u202e\u0000",
    "é🐱\u200d🚀" * 100,
    "null",
    "COMPLETED",
    "cancelled",
    "timeout",
    "9999-12-31T23:59:60Z",
    "0000-00-00",
    "-1e9",
    "1970-01-01T00:00:00+99:99",
    "\x1b[2J\x1b[31mred\r\nERROR a line of its own",
    *(chr(code) for code in [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, 0xFFFF]),
]
PATHS = [
    "../../etc/passwd",
    "images/../secret.png",
    f"images/{JOB}/../{ANOTHER_JOB}/image_1.png",
    f"images/{JOB}/..%2f{ANOTHER_JOB}/image_1.png",
    f"images/{JOB}//image_1.png",
    f"images/{JOB}/./image_1.png",
    f"images/{JOB}/image_1.png?versionId=1",
    f"images/{JOB}/image_1.png#x",
    f"images/{JOB}\\..\\x.png",
    f"images/{JOB}/\u0000.png",
    f"images/{JOB}/%2e%2e/{ANOTHER_JOB}/image_1.png",
    f"images/{JOB}/%252e%252e%252f{ANOTHER_JOB}/image_1.png",
    f"images/{JOB}/\uff0e\uff0e\uff0f{ANOTHER_JOB}/image_1.png",
    f"images/{JOB.upper()}x/image_1.png",
    f"./images/{JOB}/image_1.png",
    f"images/{JOB}/..",
    f"images/{JOB}/image_1.png\n",
    "C:\\Windows\\win.ini",
    "\\\\169.254.169.254\\share\\x.png",
    f"s3://another-bucket/images/{JOB}/image_1.png",
    f"images/{JOB}",
    f"images/{JOB}/",
    f"images/{ANOTHER_JOB}/image_1.png",
    f"/images/{JOB}/image_1.png",
    f"uploads/{JOB}/image_1.png",
    f"images/{JOB}/" + "x" * 2000,
]
URLS = [
    "s3://",
    "s3:///key",
    "s3://another-bucket/images/x.png",
    "https://another-bucket.s3.amazonaws.com/x.png",
    "https://s3.amazonaws.com/another-bucket/x.png",
    "https://another-bucket.s3.amazonaws.com.evil.example/x.png",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://127.0.0.1@169.254.169.254/",
    "http://127.0.0.1:1/",
    "http://127.0.0.1:99999/",
    "http://0177.0.0.1/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://127.1/",
    "http://[::ffff:169.254.169.254]/",
    "http://169.254.169.254.nip.io/",
    "http://localhost.localdomain/",
    "https://169\u3002254\u3002169\u3002254/",
    "https://another-bucket.s3.eu-west-3.amazonaws.com/x.png?X-Amz-Signature=0",
    "https://another-bucket.s3-accesspoint.eu-west-3.amazonaws.com/x.png",
    "s3://another-bucket@sorami/x.png",
    "data:image/png;base64,iVBORw0KGgo=",
    "HTTP://127.0.0.1:1/\t",
    "http://[::1",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "javascript:alert(1)",
    "http://example.com/\r\nX-Header: 1",
    "https://example.com\\@169.254.169.254/",
    "//169.254.169.254/",
    "https://" + "a" * 9000,
]
_OTHER = [
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "[[]]",
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\udbff"',
    '"\\u0000"',
    '"\x00"',
    '"unfinished',
    "[" * _DEEP + "]" * _DEEP,
    '{"a":' * _DEEP + "1" + "}" * _DEEP,
    "[" * _DEEP,
    '{"images": 1, "images": 2}',
]

_values = st.one_of(
    st.sampled_from([Raw(text) for text in [*NUMBERS, *_OTHER]]),
    st.sampled_from([*TEXTS, *PATHS, *URLS]),
    st.text(max_size=50),
    st.integers(),
    st.lists(st.integers(), max_size=6),
)


def _places(tree: Any, here: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """The way to every value in the tree, by position in each list on it."""
    inner = [pair[1] for pair in tree] if isinstance(tree, Pairs) else tree if isinstance(tree, list) else []
    return [here, *(place for number, value in enumerate(inner) for place in _places(value, (*here, number)))]


def _bend(tree: Any, place: tuple[int, ...], deed: str, value: Any) -> Any:
    """The tree with something done at the place."""
    if not place:
        return value
    *way, last = place
    parent = tree
    for number in way:
        parent = parent[number][1] if isinstance(parent, Pairs) else parent[number]
    name = parent[last][0] if isinstance(parent, Pairs) else None
    entry = (name, value) if name is not None else value
    match deed:
        case "replace":
            parent[last] = entry
        case "take out":
            del parent[last]
        case "double":
            parent.append(entry)
        case "add":
            parent.append(("another", value) if name is not None else value)
    return tree


@st.composite
def _trees(draw: st.DrawFn) -> Any:
    good = draw(st.sampled_from([completed(JOB), completed(JOB, images=4), progress(JOB, "generating", 50), failed(JOB)]))
    tree = pairs_of(copy.deepcopy(good))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from(_places(tree)))
        tree = _bend(tree, place, draw(st.sampled_from(["replace", "replace", "take out", "double", "add"])), draw(_values))
    return tree


_BAD_BYTES = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\x00", b"\xf5\x80\x80\x80"]  # none of them is UTF-8, or may stand in JSON

_WAYS_TO_SEND: list[Callable[[st.DrawFn, bytes], bytes]] = [
    *[lambda _draw, content: content] * 12,
    lambda draw, content: content[: draw(st.integers(0, len(content)))],
    lambda draw, content: _insert(content, draw(st.integers(0, len(content))), draw(st.sampled_from(_BAD_BYTES))),
    lambda _draw, content: content + b" " * _LONG,
    lambda _draw, content: b"\xef\xbb\xbf" + content,
    lambda _draw, content: content.decode(errors="replace").encode("utf-16"),
    lambda draw, _content: draw(st.binary(max_size=200)),
    lambda _draw, content: content + content,
]


def _insert(content: bytes, place: int, more: bytes) -> bytes:
    return content[:place] + more + content[place:]


@st.composite
def webhook_bodies(draw: st.DrawFn) -> bytes:
    """Bytes to be sent, `JOB` in them to be replaced by a job's id."""
    content = to_text(draw(_trees())).encode(errors="surrogatepass")
    return draw(st.sampled_from(_WAYS_TO_SEND))(draw, content)
