"""Compressed bodies: what is asked for, and what comes out of them, however they are cut."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest
from doors.wire import UndecodableError, acceptable, decoder_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = b"data: Hello\n\n" * 40


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def stored(data: bytes, head: int) -> bytes:
    """Return raw deflate that is not packed: a block whose first byte is `head`, and an end."""
    size = len(data).to_bytes(2, "little") + (len(data) ^ 0xFFFF).to_bytes(2, "little")
    return bytes([head]) + size + data + zlib.compressobj(wbits=-zlib.MAX_WBITS).flush()


PACKED = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "capitals": (" X-GZIP ;q=1", gzip.compress(TEXT)),
    "two members": ("gzip", gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:])),
    "an empty member": ("gzip", gzip.compress(b"") + gzip.compress(TEXT)),
    "zeros behind": ("gzip", gzip.compress(TEXT) + b"\0" * 9),
    "zeros, then a member": ("gzip", gzip.compress(TEXT) + b"\0" + gzip.compress(b"no")),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "deflate, packed better": ("deflate", zlib.compress(TEXT, 9)),
    "deflate without a head": ("deflate", raw_deflate(TEXT)),
    "deflate that begins like a head": ("deflate", stored(TEXT, 0x08)),
    "something behind deflate": ("deflate", zlib.compress(TEXT) + b"\x1f\x8b"),
}


def decoded(encoding: str, *pieces: bytes) -> bytes:
    decoder = decoder_of(encoding)
    assert decoder is not None
    return b"".join(part for piece in pieces for part in decoder.feed(piece))


def cuts(data: bytes) -> Iterator[list[bytes]]:
    yield [data]
    yield [data[at : at + 1] for at in range(len(data))]
    for at in range(1, len(data)):
        yield [data[:at], data[at:]]


@pytest.mark.parametrize(("encoding", "body"), PACKED.values(), ids=PACKED)
def test_a_body_is_decoded_however_it_is_cut(encoding: str, body: bytes) -> None:
    for pieces in cuts(body):
        assert decoded(encoding, *pieces) == TEXT


@pytest.mark.parametrize(("encoding", "body"), PACKED.values(), ids=PACKED)
def test_what_has_come_is_given_at_once(encoding: str, body: bytes) -> None:
    given = decoded(encoding, body[:-12])
    assert given
    assert TEXT.startswith(given)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflate])
def test_much_that_comes_at_once_is_given_in_steps(pack: object) -> None:
    data = bytes(5_000_000) + bytes(range(256)) * 2000
    decoder = decoder_of("gzip" if pack is gzip.compress else "deflate")
    assert decoder is not None
    steps = list(decoder.feed(pack(data)))  # type: ignore[operator]  # one of three functions
    assert b"".join(steps) == data
    assert max(map(len, steps)) <= 1 << 20
    assert all(steps)


def test_a_body_that_fills_its_last_step_is_whole() -> None:
    for size in ((1 << 20) - 1, 1 << 20, (1 << 20) + 1, 2 << 20):
        assert len(decoded("gzip", gzip.compress(bytes(size)))) == size


def test_much_that_hardly_packs_is_read_in_steps_as_well() -> None:
    data = b"".join(zlib.crc32(b"%d" % n).to_bytes(4, "big") for n in range(100_000))
    assert decoded("gzip", gzip.compress(data, 1)) == data
    assert decoded("deflate", raw_deflate(data)) == data


OTHERS = {
    "no gzip": ("gzip", b"data: no gzip at all"),
    "deflate as gzip": ("gzip", zlib.compress(TEXT)),
    "no deflate": ("deflate", b"\xff\xff\xff\xff"),
    "gzip as deflate": ("deflate", gzip.compress(TEXT)),
    "another sum": ("gzip", gzip.compress(TEXT)[:-8] + b"\0" * 8),
    "a broken member": ("gzip", gzip.compress(TEXT) + b"\x1f\x8bno"),
}


@pytest.mark.parametrize(("encoding", "body"), OTHERS.values(), ids=OTHERS)
def test_a_body_that_is_not_what_it_claims_is_an_error(encoding: str, body: bytes) -> None:
    with pytest.raises(UndecodableError, match=r"Error -3 while decompressing data: \w+"):
        decoded(encoding, body)


@pytest.mark.parametrize("encoding", ["", "identity", " Identity ", ";q=1"])
def test_a_body_that_is_not_encoded_needs_no_decoder(encoding: str) -> None:
    assert decoder_of(encoding) is None


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("BR", "'br'"), ("gzip, br", "'gzip, br'"), ("x" * 300, f"'{'x' * 100}'")],
)
def test_another_encoding_was_not_asked_for(encoding: str, shown: str) -> None:
    with pytest.raises(UndecodableError) as refused:
        decoder_of(encoding)
    assert str(refused.value) == f"the encoding {shown} was not asked for"


@pytest.mark.parametrize(
    ("accepted", "asked"),
    [
        ("gzip, deflate, br, zstd", "gzip, deflate"),
        ("br, gzip", "gzip"),
        ("GZIP;q=0.5, identity;q=0, X-Gzip", "GZIP;q=0.5, X-Gzip"),
        ("br", "identity"),
        ("", "identity"),
        ("*", "identity"),
    ],
)
def test_of_what_a_client_accepts_only_what_is_decoded_in_steps_is_asked_for(
    accepted: str, asked: str
) -> None:
    assert acceptable(accepted) == asked
