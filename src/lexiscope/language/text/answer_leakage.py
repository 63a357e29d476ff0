"""Which sentences about a case would give an answer away to a reader who does not look. Our own definition."""

from functools import lru_cache

from lexiscope.core.case import Case
from lexiscope.core.turn import Span, Turn
from lexiscope.language.text.grounding import SHARE, content_words
from lexiscope.language.text.lexicon import DRAWN, KINDS, Concept, Lexicon
from lexiscope.language.text.sentences import Sentence, sentences_of


def leaking_sentences(case: Case, turn: Turn, lexicon: Lexicon) -> tuple[Span, ...]:
    """The sentences that an answer rests on, and every other one that says the same.

    A sentence says the same when it names a thing that the question or the answer names (or one that implies it, or
    that it implies), there or not; or when it has most of the answer's words that carry meaning. A paraphrase in quite
    other words is not found.

    Example:
        >>> from lexiscope.core import Passage, Provenance
        >>> texts = (Passage("caption", "Annealed glass. Two cracks."), Passage("mention", "It cracked."))
        >>> case = Case("f1", "paper", Provenance("by hand"), texts=texts)
        >>> leaking_sentences(case, Turn("Are there cracks?", "Yes"), Lexicon.load())
        (Span(passage=0, start=16, end=27),)
    """
    topics, words = _named(f"{turn.question} {turn.answer}", lexicon), content_words(turn.answer)
    found = [
        sentence.span
        for place in range(len(case.texts))
        for sentence in sentences_of(case, place)
        if _says_it(sentence, topics, words, lexicon)
    ]
    return tuple(dict.fromkeys((*turn.evidence, *found)))


def _says_it(sentence: Sentence, topics: frozenset[Concept], words: set[str], lexicon: Lexicon) -> bool:
    named, said = _named(sentence.text, lexicon), content_words(sentence.text)
    nearly = _implied(named, lexicon) & topics or named & _implied(topics, lexicon)
    return bool(named & topics or nearly) or (bool(words) and len(words & said) >= SHARE * len(words))


@lru_cache(maxsize=1 << 14)  # a case has many turns, and its sentences are read for each
def _named(text: str, lexicon: Lexicon) -> frozenset[Concept]:
    return frozenset(stated.concept for stated in lexicon.read(text) if stated.concept.kind not in (KINDS, DRAWN))


def _implied(named: frozenset[Concept], lexicon: Lexicon) -> set[Concept]:
    return {implied for concept in named for implied in lexicon.implied(concept)}
