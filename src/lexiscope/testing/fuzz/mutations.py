"""`mutations`: inputs that are nearly right, the same ones from one seed of chance, without any tool."""

import random
from collections.abc import Callable, Iterator, Sequence

_ODD_BYTES = (0, 1, 0x20, 0x22, 0x2C, 0x7F, 0x80, 0xFF)
_ODD_NUMBERS = (0, 1, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_MOST_CHANGES = 4
_LONGEST_SPAN = 64  # bytes that are moved, doubled or taken out


def mutations(seeds: Sequence[bytes], count: int, *, words: Sequence[bytes] = (), seed: int = 0) -> Iterator[bytes]:
    """Seeds with one to four changes each: bytes and numbers set, spans removed, doubled or swapped, words put in.

    Args:
        seeds: Inputs that are right.
        count: Number of mutations.
        words: Words that may be put in.
        seed: Seed of chance.

    Example:
        >>> list(mutations([b"grain"], 2)) == list(mutations([b"grain"], 2))
        True
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    changes = [*_CHANGES, *([_word] if words else [])]
    for number in range(count):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(chance.randint(1, _MOST_CHANGES)):
            change = chance.choice(changes)
            change(data, chance, words)
        yield bytes(data)


_Change = Callable[[bytearray, random.Random, Sequence[bytes]], None]


def _flip(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _odd_byte(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice(_ODD_BYTES)


def _odd_number(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    size, place = chance.choice((2, 4, 8)), chance.randrange(len(data) + 1)
    number = (chance.choice(_ODD_NUMBERS) % (1 << (8 * size))).to_bytes(size, "little")
    data[place : place + size] = chance.choice((number, number[::-1]))


def _remove(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    place = chance.randrange(len(data) + 1)
    del data[place : place + chance.randint(1, _LONGEST_SPAN)]


def _end(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _double(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> None:
    place = chance.randrange(len(data) + 1)
    span = data[place : place + chance.randint(1, _LONGEST_SPAN)]
    target = chance.randrange(len(data) + 1)
    data[target:target] = span


def _word(data: bytearray, chance: random.Random, words: Sequence[bytes]) -> None:
    place = chance.randrange(len(data) + 1)
    word = chance.choice(words)
    data[place : place + chance.choice((0, len(word)))] = word


_CHANGES: tuple[_Change, ...] = (_flip, _odd_byte, _odd_number, _remove, _end, _double)
