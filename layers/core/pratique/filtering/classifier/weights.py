"""Weights as octets: gaps between the few that are set while there are few, all of them when there are many.

Low and high octets are kept apart, which zlib packs better. The same weights give the same octets.
"""

from __future__ import annotations

import sys
from array import array
from itertools import compress

_FEW = 4
"""A view with fewer than one in so many weights set is written by gaps (2.8 kB for one lesson of three views instead of 7)."""
_FAR = 255
"""A gap octet of this value means: so far, and no weight here."""


def pack(weights: array[int]) -> bytes:
    """One octet that says how, then (by gaps) the number of gap octets, gaps and values, or (whole) all values."""
    size = len(weights)
    if (size - weights.count(0)) * _FEW > size:
        return b"W" + _planes(weights)
    gaps = bytearray()
    last = 0
    for place in compress(range(size), weights):
        gap = place - last
        while gap >= _FAR:
            gaps.append(_FAR)
            gap -= _FAR
        gaps.append(gap)
        last = place
    values = array("h", compress(weights, weights))
    return b"G" + len(gaps).to_bytes(4, "big") + bytes(gaps) + _planes(values)


def unpack(octets: bytes, size: int) -> array[int]:
    """The `size` weights of `pack`. Raises ValueError for octets that are something else."""
    if octets[:1] == b"W":
        weights = _joined(octets[1:])
        if len(weights) != size:
            raise ValueError("a wrong number of weights")
        return weights
    if octets[:1] != b"G":
        raise ValueError("weights of an unknown make")
    end = 5 + int.from_bytes(octets[1:5], "big")
    weights = array("h", bytes(2 * size))
    values = iter(_joined(octets[end:]))
    place = 0
    try:
        for gap in octets[5:end]:
            place += gap
            if gap != _FAR:
                weights[place] = next(values)
    except (IndexError, StopIteration):
        raise ValueError("weights that do not fit") from None
    if next(values, None) is not None:
        raise ValueError("weights left over")
    return weights


def _planes(weights: array[int]) -> bytes:
    octets = _little(weights).tobytes()
    return octets[0::2] + octets[1::2]


def _joined(octets: bytes) -> array[int]:
    half, odd = divmod(len(octets), 2)
    if odd:
        raise ValueError("half a weight")
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
