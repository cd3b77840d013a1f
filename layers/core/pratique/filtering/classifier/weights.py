"""The weights of a view and how often each was trained, as octets: those that were trained alone while they are few, else all of them.

Low and high octets are kept apart, which zlib packs better. The same weights give the same octets.
"""

from __future__ import annotations

import sys
from array import array
from itertools import compress

_FEW = 4
"""A view with fewer than one in so many weights trained is written as a map of bits and those alone."""
_TO_DIGITS = b"0" + b"1" * 255
_FROM_DIGITS = bytes(digit == ord("1") for digit in range(256))


def pack(weights: array[int], counts: bytearray) -> bytes:
    """One octet that says how, then a bit for each weight (trained or not) and the trained, or all weights; then their counts.

    A weight whose count is 0 was never trained, and is 0.
    """
    size = len(weights)
    if (size - counts.count(0)) * _FEW > size:
        return b"W" + split(weights) + counts
    bits = int(counts.translate(_TO_DIGITS), 2).to_bytes((size + 7) // 8, "big")
    trained = array("h", compress(weights, counts))
    return b"F" + bits + split(trained) + bytes(filter(None, counts))


def unpack(octets: bytes, size: int) -> tuple[array[int], bytearray]:
    """The `size` weights and counts of `pack`. Raises ValueError for octets that are something else."""
    how, at = octets[:1], 1
    if how == b"F":
        at += (size + 7) // 8
        bits = int.from_bytes(octets[1:at], "big")
        if bits >> size:
            raise ValueError("weights beyond the last")
        number = bits.bit_count()
    elif how == b"W":
        number = size
    else:
        raise ValueError("weights of an unknown make")
    if len(octets) != at + 3 * number:
        raise ValueError("a wrong number of weights")
    values, trained = join(octets[at : at + 2 * number]), bytearray(octets[at + 2 * number :])
    if how == b"W":
        return values, trained
    if 0 in trained:
        raise ValueError("weights that were never trained")
    weights, counts = array("h", bytes(2 * size)), bytearray(size)
    chosen = f"{bits:0{size}b}".encode().translate(_FROM_DIGITS)
    for place, value, count in zip(compress(range(size), chosen), values, trained, strict=True):
        weights[place], counts[place] = value, count
    return weights, counts


def split(weights: array[int]) -> bytes:
    """Weights as octets: all low octets, then all high ones."""
    octets = _little(weights).tobytes()
    return octets[0::2] + octets[1::2]


def join(octets: bytes) -> array[int]:
    """The weights of `split`, of an even number of octets."""
    half = len(octets) // 2
    mixed = bytearray(len(octets))
    mixed[0::2] = octets[:half]
    mixed[1::2] = octets[half:]
    weights = array("h")
    weights.frombytes(bytes(mixed))
    return _little(weights)


def _little(weights: array[int]) -> array[int]:
    """Little-endian weights on this machine, or this machine's as little-endian."""
    if sys.byteorder == "big":
        weights = weights[:]
        weights.byteswap()
    return weights
