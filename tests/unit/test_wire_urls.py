"""Row 17: which input image URLs are handed on to the backend."""

import pytest

from sorami.wire.urls import MAX_URL_LENGTH, is_public_http_url

HOSTILE = [
    # our own surroundings
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/v2/credentials",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://metadata.google.internal/",
    "http://localhost/",
    "http://LOCALHOST:8000/",
    "http://localhost./",
    "http://kubernetes.default.svc/",
    "http://api.default.svc.cluster/",
    "http://db.service.consul/",
    "http://wiki.intra/",
    "http://[v1.abc]/",
    "http://[2606:4700::1111%25lo]/",
    "http://168.63.129.16/",
    "http://192.88.99.1/",
    "http://api.localhost/",
    "http://printer.local/",
    "http://db.internal/",
    "http://router.lan/",
    "http://nas.home.arpa/",
    "http://backend/",
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://255.255.255.255/",
    "http://224.0.0.1/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    # the same in disguise
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://169.254.43518/",
    "http://example.0x7f/",
    "http://%31%32%37.0.0.1/",
    "http://127。0。0。1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://lo\u00adcalhost.com/",
    # IPv6
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]:80/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::a9fe:a9fe]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2001:db8::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    "http://[::1/",
    "http://[]/",
    # other schemes
    "file:///etc/passwd",
    "ftp://images.example.org/a.png",
    "gopher://images.example.org/",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "s3://bucket/key",
    "//images.example.org/a.png",
    "images.example.org/a.png",
    "/etc/passwd",
    "http:/images.example.org/",
    "http:///etc/passwd",
    "http://",
    # credentials
    "http://user:secret@images.example.org/",
    "http://user@images.example.org/",
    "http://@images.example.org/",
    "http://images.example.org@127.0.0.1/",
    "http://127.0.0.1@images.example.org/",
    # ports
    "http://images.example.org:0/",
    "http://images.example.org:99999/",
    "http://images.example.org:port/",
    "http://images.example.org:-1/",
    # what parsers disagree about
    "http://images.example.org\\@127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://127.0.0.1\\.images.example.org/",
    "http://images.example.org\t/",
    "ht\ntp://images.example.org/",
    "http://images.example.org/a\r\nHost: x",
    "http://images.example.org/a b.png",
    " http://images.example.org/",
    "http://images.example.org/\x00",
    "http://images.example.org/<script>",
    "http://-images.example.org/",
    "http://images..example.org/",
    "http://.org/",
    f"http://{'a' * 64}.example.org/",
    f"http://{'a.' * 130}org/",
    f"http://images.example.org/{'a' * MAX_URL_LENGTH}",
    "http://images.example.org/\ud800",
    "http://bücher.org/",
    "",
]

GOOD = [
    "https://images.example.org/cat.png",
    "http://images.example.org/cat.png",
    "HTTPS://Images.Example.ORG/cat.png",
    "https://images.example.org",
    "https://images.example.org./cat.png",
    "https://images.example.org:8443/cat.png?width=3&x=%20#top",
    "https://xn--bcher-kva.org/%C3%A9.png",
    "https://my_bucket.s3.eu-west-1.amazonaws.com/cat.png?X-Amz-Signature=abc",
    "https://cdn1.example.org/a@b.png",
    "https://8.8.8.8/cat.png",
    "https://[2606:4700:4700::1111]/cat.png",
    "https://a.b.c.d.example.co.uk/",
    "https://1password.com/x.png",
    "https://127.0.0.1.example.org/x.png",
]


@pytest.mark.parametrize("url", HOSTILE, ids=ascii)
def test_row_17_a_url_that_could_reach_inside_is_refused(url: str) -> None:
    assert not is_public_http_url(url)


@pytest.mark.parametrize("url", GOOD)
def test_a_public_url_is_handed_on(url: str) -> None:
    assert is_public_http_url(url)


def test_the_longest_url_is_handed_on() -> None:
    start = "https://images.example.org/"
    assert is_public_http_url(start + "a" * (MAX_URL_LENGTH - len(start)))
    assert not is_public_http_url(start + "a" * (MAX_URL_LENGTH - len(start) + 1))
