"""Answer leakage: sentences about a case that tell an answer to a reader who does not look. Our own definition."""

from functools import lru_cache

from lexiscope.core.case import Case
from lexiscope.core.turn import Span, Turn
from lexiscope.language.text.grounding import SHARE, content_words
from lexiscope.language.text.lexicon import DRAWN, KINDS, Concept, Lexicon
from lexiscope.language.text.sentences import Sentence, sentences_of


def leaking_sentences(case: Case, turn: Turn, lexicon: Lexicon) -> tuple[Span, ...]:
    """Sentences that an answer rests on, and every other one that says as much.

    A sentence says as much when it names a thing that the question or the answer names (or one that implies it, or
    that it implies), present or absent; or when it has most of the answer's words that carry meaning. A paraphrase in
    quite other words is not found.

    Args:
        case: Case whose sentences are searched.
        turn: Question and answer about it.
        lexicon: Terms by which things are recognised.

    Example:
        >>> from lexiscope.core import Passage, Provenance
        >>> texts = (Passage("caption", "Annealed glass. Two cracks."), Passage("mention", "It cracked."))
        >>> case = Case("f1", "paper", Provenance("by hand"), texts=texts)
        >>> leaking_sentences(case, Turn("Are there cracks?", "Yes"), Lexicon.load())
        (Span(passage=0, start=16, end=27),)
    """
    topics, words = _named(f"{turn.question} {turn.answer}", lexicon), content_words(turn.answer)
    leaking = [
        sentence.span
        for place in range(len(case.texts))
        for sentence in sentences_of(case, place)
        if _says_it(sentence, topics, words, lexicon)
    ]
    return tuple(dict.fromkeys((*turn.evidence, *leaking)))


def _says_it(sentence: Sentence, topics: frozenset[Concept], words: set[str], lexicon: Lexicon) -> bool:
    named, has = _named(sentence.text, lexicon), content_words(sentence.text)
    nearly = _implied(named, lexicon) & topics or named & _implied(topics, lexicon)
    return bool(named & topics or nearly) or (bool(words) and len(words & has) >= SHARE * len(words))


@lru_cache(maxsize=1 << 14)  # a case has many turns, and its sentences are read for each
def _named(text: str, lexicon: Lexicon) -> frozenset[Concept]:
    return frozenset(read.concept for read in lexicon.read(text) if read.concept.kind not in (KINDS, DRAWN))


def _implied(named: frozenset[Concept], lexicon: Lexicon) -> set[Concept]:
    return {implied for concept in named for implied in lexicon.implied(concept)}
