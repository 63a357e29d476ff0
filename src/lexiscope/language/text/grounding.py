"""Grounding: sentences that support an answer of someone else, by the words they share. Our own definition."""

import re
from collections.abc import Sequence

from lexiscope.core.turn import Span
from lexiscope.language.text.sentences import Sentence

SHARE = 0.6  # of an answer's words that its sentences must have
_MAX_SENTENCES = 3  # sentences that support one answer
_WORD = re.compile(r"[^\W_]+(?:[.·][^\W_]+)*")
_DENIES = re.compile(r"\b(?:no|not|without|none|never|absent|free|lacks?|lacking)\b", re.IGNORECASE)
_EMPTY_WORDS = """
a an and are as at be been by can could did do does for from had has have how in into is it its may more most not of
on or seen shown shows see image images picture visible that the their them there these they this those to was were
what when where which who why will with would you your any some here look looks appear appears kind type describe
detail yes no show being also such than then both other made
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())


def supporting_spans(question: str, answer: str, sentences: Sequence[Sentence]) -> tuple[Span, ...]:
    """Spans of the few sentences that have most of the words of an answer; none where too few words are found.

    Yes and no are supported through the words of the question, and "No" only by a sentence that denies something.

    Args:
        question: Question that was asked.
        answer: Answer to be supported.
        sentences: Sentences that may support it.

    Example:
        >>> sentences = [Sentence("The film has round pores.", Span(0, 0, 25)), Sentence("No cracks.", Span(0, 26, 36))]
        >>> supporting_spans("What is in the film?", "Round pores", sentences)
        (Span(passage=0, start=0, end=25),)
        >>> supporting_spans("Are there cracks?", "No", sentences)
        (Span(passage=0, start=26, end=36),)
        >>> supporting_spans("Are there pores?", "No", sentences)
        ()
    """
    plain = answer.strip().casefold()
    denied, closed = re.match(r"no\b", plain) is not None, re.match(r"(?:yes|no)\b", plain) is not None
    words = content_words(answer) | (content_words(question) if closed else set())
    usable = [sentence for sentence in sentences if not denied or _DENIES.search(sentence.text)]
    chosen, missing = _cover(words, usable)
    enough = bool(words) and len(words - missing) >= SHARE * len(words)
    return tuple(sentence.span for sentence in chosen) if enough else ()


def _cover(words: set[str], sentences: Sequence[Sentence]) -> tuple[list[Sentence], set[str]]:
    """Few sentences that have most of the words, the one with most of the rest first, and the words they lack."""
    chosen: list[Sentence] = []
    missing = set(words)
    while missing and len(chosen) < _MAX_SENTENCES:
        best = max(sentences, key=lambda sentence: len(missing & content_words(sentence.text)), default=None)
        if best is None or not missing & content_words(best.text):
            break
        chosen.append(best)
        missing -= content_words(best.text)
    return chosen, missing


def content_words(text: str) -> set[str]:
    """Words that carry meaning, without case and the plural s.

    Example:
        >>> sorted(content_words("The film has two round pores."))
        ['film', 'pore', 'round', 'two']
    """
    words = {word.casefold() for word in _WORD.findall(text)} - _EMPTY
    return {word.removesuffix("s") if len(word) > 3 else word for word in words}


def is_same_answer(guess: str, truth: str) -> bool:
    """True for a guess that has most of the words of the truth. Our own definition.

    Args:
        guess: Answer of someone who may be wrong.
        truth: Right answer.

    Example:
        >>> is_same_answer("I think it is a glass film.", "A glass film"), is_same_answer("A plate", "A glass film")
        (True, False)
    """
    true = content_words(truth)
    return bool(true) and len(true & content_words(guess)) >= SHARE * len(true)
