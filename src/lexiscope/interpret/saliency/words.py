"""How much each word matters: the score that is lost when it is hidden."""

from typing import Any

from lexiscope.interpret.subject import Cases, HiddenParts, MasksParts


def word_weights(subject: MasksParts, cases: Cases[Any], *, most: int) -> dict[str, list[tuple[str, float]]]:
    """Name of a case -> its words, and by how much each raises the score beside all others.

    Args:
        subject: Model that can hide words.
        cases: Cases; those without words are left out.
        most: Number of cases.
    """
    found: dict[str, list[tuple[str, float]]] = {}
    for row in range(len(cases)):
        case = cases.take([row])
        words = subject.words(case)
        if not words or len(found) == most:
            continue
        hidden = [HiddenParts(), *(HiddenParts(frozenset({word})) for word in range(len(words)))]
        whole, *without = subject.without_parts(case, hidden).tolist()
        found[case.ids[0]] = [(word, whole - one) for word, one in zip(words, without, strict=True)]
    return found
