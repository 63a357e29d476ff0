"""How good an interpretation is, by rules: what an answer states, against what its reference states.

GlassLLaVA (https://arxiv.org/abs/2309.12460) reports quality of 0 to 100, features of 1 to 4 and defects yes or no, but
its rubrics are not public. These rules are our own definition and reproduce no published number.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from lexiscope.corpus.wording import word_overlap, words_of
from lexiscope.language.text.grounding import content_words
from lexiscope.language.text.lexicon import Lexicon

Claim = tuple[str, bool]  # a concept's name and whether it is there; or a number
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)?")
_SETTLED = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
_CLAIMS, _WORDS, _ORDER = 0.4, 0.4, 0.2  # weights of the parts of quality
_UNGROUNDED = 0.5  # of the quality is lost when nothing that is stated is known
_MOST = 0.5  # share of the reference's claims that counts as "most"


@dataclass(frozen=True, slots=True)
class AnswerClaims:
    """An answer, and what it is compared with.

    Args:
        reference: The right answer.
        texts: All that is written of the case: what stands there is not wrong, although the reference leaves it out.
    """

    question: str
    answer: str
    reference: str
    texts: str = ""


@lru_cache(maxsize=1 << 14)  # the texts of a case are read for every answer about it
def claims(text: str, lexicon: Lexicon) -> frozenset[Claim]:
    """What a text states: concepts that are there or not, and numbers.

    Example:
        >>> sorted(claims("Two pores of 3.0 nm, no cracks.", Lexicon.load()))
        [('3', True), ('crack', False), ('pore', True)]
    """
    stated = {(found.concept.name, found.present) for found in lexicon.read(text)}
    return frozenset(stated | {(f"{float(n.replace(',', '.')):g}", True) for n in _NUMBER.findall(text)})


def yes_or_no(answer: str) -> bool | None:
    """Whether an answer opens with yes or no; None when with neither."""
    match = _SETTLED.match(answer)
    return None if match is None else match[1].casefold() == "yes"


def polarity(question: str, answer: str, lexicon: Lexicon) -> bool | None:
    """Whether an answer affirms what was asked: by its first word, or by what it states of the things asked about.

    Example:
        >>> polarity("Are there any cracks?", "The surface is free of cracks.", Lexicon.load())
        False
    """
    first = yes_or_no(answer)
    if first is not None:
        return first
    asked = {name for name, _ in claims(question, lexicon)}
    told = {there for name, there in _widened(claims(answer, lexicon), lexicon) if name in asked}
    return told.pop() if len(told) == 1 else None


def feature_score(said: AnswerClaims, lexicon: Lexicon) -> int:
    """Features identified, 1 to 4: none, some, most, or all and nothing wrong.

    A claim (concept with or without negation, or number) is identified when the answer makes it, too, or one that
    implies it; it is wrong when neither the reference nor the case's texts make it. 1: none of the reference's claims.
    2: less than half of them, or more wrong claims than right ones. 3: at least half. 4: all, and nothing wrong.
    """
    true, made = claims(said.reference, lexicon), claims(said.answer, lexicon)
    found = len(true & _widened(made, lexicon)) / len(true) if true else 0.0
    wrong = _wrong(said, lexicon)
    if not found:
        return 1
    if found < _MOST or wrong > len(made) - wrong:
        return 2
    return 3 if found < 1 or wrong else 4


def quality(said: AnswerClaims, lexicon: Lexicon, *, rouge: float) -> float:
    """Overall quality, 0 to 100.

    Where the reference opens with yes or no, an answer that does not say the same gets 0, and one that does gets 100 if
    there is no more to the reference. Otherwise 0.4 F1 of claims + 0.4 F1 of words that carry meaning + 0.2 ROUGE-L,
    without the first where the reference claims nothing. Claims that neither the reference nor the case's texts make
    cost up to half of it.

    Args:
        rouge: ROUGE-L of answer and reference, 0 to 1.
    """
    if not words_of(said.answer):
        return 0.0
    truth = yes_or_no(said.reference)
    if truth is not None and polarity(said.question, said.answer, lexicon) != truth:
        return 0.0
    made = claims(said.answer, lexicon)
    grounded = 1 - _UNGROUNDED * (_wrong(said, lexicon) / len(made) if made else 0.0)
    if truth is not None and len(words_of(said.reference)) == 1:
        return 100 * grounded
    return 100 * grounded * _shared(said, lexicon, rouge)


def _shared(said: AnswerClaims, lexicon: Lexicon, rouge: float) -> float:
    parts = [(_WORDS, _word_f1(said.answer, said.reference)), (_ORDER, rouge)]
    true = claims(said.reference, lexicon)
    if true:
        parts.append((_CLAIMS, _f1(claims(said.answer, lexicon), true)))
    return sum(weight * value for weight, value in parts) / sum(weight for weight, _ in parts)


def _wrong(said: AnswerClaims, lexicon: Lexicon) -> int:
    known = _widened(claims(said.reference, lexicon) | claims(said.texts, lexicon), lexicon)
    return len(claims(said.answer, lexicon) - known)


def _widened(made: frozenset[Claim], lexicon: Lexicon) -> frozenset[Claim]:
    """With what is there because something else is."""
    there = [lexicon.concepts[name] for name, present in made if present and name in lexicon.concepts]
    return made | {(implied.name, True) for concept in there for implied in lexicon.implied(concept)}


def _word_f1(answer: str, reference: str) -> float:
    true = content_words(reference)
    return _f1(frozenset(content_words(answer)), frozenset(true)) if true else word_overlap(answer, reference)


def _f1(made: frozenset[Claim] | frozenset[str], true: frozenset[Claim] | frozenset[str]) -> float:
    shared = len(made & true)
    return 2 * shared / (len(made) + len(true)) if shared else 0.0
