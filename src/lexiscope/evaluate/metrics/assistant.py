"""Metrics of free answers, by rules: what an answer states, against what its reference states.

GlassLLaVA (https://arxiv.org/abs/2309.12460) reports quality of 0 to 100, features of 1 to 4 and defects yes or no, but
its rubrics are not public. These rules are our own definition and reproduce no published number.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from lexiscope.corpus.wording import word_overlap, words_of
from lexiscope.language.text.grounding import content_words
from lexiscope.language.text.lexicon import Lexicon

Claim = tuple[str, bool]  # a concept's name and whether it is present; or a number
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)?")
_SETTLED = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)
_CLAIMS, _WORDS, _ORDER = 0.4, 0.4, 0.2  # weights of the parts of quality
_UNGROUNDED = 0.5  # of the quality is lost when nothing that is stated is known
_MOST = 0.5  # share of the reference's claims that counts as "most"


@dataclass(frozen=True, slots=True)
class AnswerClaims:
    """An answer, and what it is compared with.

    Args:
        question: Question that was asked.
        answer: Answer that is measured.
        reference: Right answer.
        texts: All that is written of the case: what it states is not wrong, although the reference leaves it out.
    """

    question: str
    answer: str
    reference: str
    texts: str = ""


@lru_cache(maxsize=1 << 14)  # the texts of a case are read for every answer about it
def claims(text: str, lexicon: Lexicon) -> frozenset[Claim]:
    """Read what a text states: concepts that are present or not, and numbers.

    Example:
        >>> sorted(claims("Two pores of 3.0 nm, no cracks.", Lexicon.load()))
        [('3', True), ('crack', False), ('pore', True)]
    """
    stated = {(found.concept.name, found.present) for found in lexicon.read(text)}
    return frozenset(stated | {(f"{float(n.replace(',', '.')):g}", True) for n in _NUMBER.findall(text)})


def yes_or_no(answer: str) -> bool | None:
    """Read the yes or no that an answer opens with; None when it opens with neither.

    Example:
        >>> yes_or_no("No, none."), yes_or_no("A pore.")
        (False, None)
    """
    match = _SETTLED.match(answer)
    return None if match is None else match[1].casefold() == "yes"


def polarity(question: str, answer: str, lexicon: Lexicon) -> bool | None:
    """Tell whether an answer affirms the question, by its first word or by what it states of the things asked about.

    Example:
        >>> polarity("Are there any cracks?", "The surface is free of cracks.", Lexicon.load())
        False
    """
    first = yes_or_no(answer)
    if first is not None:
        return first
    subjects = {name for name, _ in claims(question, lexicon)}
    stated = {present for name, present in _widened(claims(answer, lexicon), lexicon) if name in subjects}
    return stated.pop() if len(stated) == 1 else None


def feature_score(pair: AnswerClaims, lexicon: Lexicon) -> int:
    """Features identified, 1 to 4: none, some, most, or all and nothing wrong.

    A claim (concept with or without negation, or number) is identified when the answer makes it, too, or one that
    implies it; it is wrong when neither the reference nor the case's texts make it. 1: none of the reference's claims.
    2: less than half of them, or more wrong claims than right ones. 3: at least half. 4: all, and nothing wrong.
    """
    true, made = claims(pair.reference, lexicon), claims(pair.answer, lexicon)
    identified = len(true & _widened(made, lexicon)) / len(true) if true else 0.0
    wrong = _wrong(pair, lexicon)
    if not identified:
        return 1
    if identified < _MOST or wrong > len(made) - wrong:
        return 2
    return 3 if identified < 1 or wrong else 4


def quality(pair: AnswerClaims, lexicon: Lexicon, *, rouge: float) -> float:
    """Overall quality, 0 to 100.

    Where the reference opens with yes or no, an answer that does not say the same gets 0, and one that does gets 100 if
    there is no more to the reference. Otherwise 0.4 F1 of claims + 0.4 F1 of words that carry meaning + 0.2 ROUGE-L,
    without the first where the reference claims nothing. Claims that neither the reference nor the case's texts make
    cost up to half of it.

    Args:
        pair: Answer and what it is compared with.
        lexicon: Words for what images can show.
        rouge: ROUGE-L of answer and reference, 0 to 1.

    Example:
        >>> quality(AnswerClaims("Any cracks?", "Yes.", "Yes"), Lexicon.load(), rouge=0.0)
        100.0
    """
    if not words_of(pair.answer):
        return 0.0
    truth = yes_or_no(pair.reference)
    if truth is not None and polarity(pair.question, pair.answer, lexicon) != truth:
        return 0.0
    made = claims(pair.answer, lexicon)
    grounded = 1 - _UNGROUNDED * (_wrong(pair, lexicon) / len(made) if made else 0.0)
    if truth is not None and len(words_of(pair.reference)) == 1:
        return 100 * grounded
    return 100 * grounded * _shared(pair, lexicon, rouge)


def _shared(pair: AnswerClaims, lexicon: Lexicon, rouge: float) -> float:
    parts = [(_WORDS, _word_f1(pair.answer, pair.reference)), (_ORDER, rouge)]
    true = claims(pair.reference, lexicon)
    if true:
        parts.append((_CLAIMS, _f1(claims(pair.answer, lexicon), true)))
    return sum(weight * value for weight, value in parts) / sum(weight for weight, _ in parts)


def _wrong(pair: AnswerClaims, lexicon: Lexicon) -> int:
    known = _widened(claims(pair.reference, lexicon) | claims(pair.texts, lexicon), lexicon)
    return len(claims(pair.answer, lexicon) - known)


def _widened(made: frozenset[Claim], lexicon: Lexicon) -> frozenset[Claim]:
    """Claims, and those that they imply: what is present because something else is."""
    concepts = [lexicon.concepts[name] for name, present in made if present and name in lexicon.concepts]
    return made | {(implied.name, True) for concept in concepts for implied in lexicon.implied(concept)}


def _word_f1(answer: str, reference: str) -> float:
    true = content_words(reference)
    return _f1(frozenset(content_words(answer)), frozenset(true)) if true else word_overlap(answer, reference)


def _f1(made: frozenset[Claim] | frozenset[str], true: frozenset[Claim] | frozenset[str]) -> float:
    shared = len(made & true)
    return 2 * shared / (len(made) + len(true)) if shared else 0.0
