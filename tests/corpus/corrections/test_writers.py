"""Whoever writes into a corpus after a person corrected it leaves the correction as it is."""

from lexiscope.corpus import Corpus
from lexiscope.corpus.corrections.answer import CorrectedAnswer
from lexiscope.corpus.corrections.attribute import CorrectedAttribute
from lexiscope.corpus.corrections.caption import CorrectedCaption
from lexiscope.corpus.corrections.save import save_correction
from lexiscope.language.captions.write import write_captions
from lexiscope.language.conversations.write import write_conversations

CASE = "case-0000"


def test_a_written_caption_that_was_corrected_is_not_written_again(corpus: Corpus) -> None:
    write_captions(corpus)
    written = next(text.text for text in corpus[CASE].texts if text.author != "lexiscope-testing")
    save_correction(corpus, CASE, CorrectedCaption("A disc that somebody looked at.", instead_of=written))
    write_captions(corpus)
    texts = [text.text for text in corpus[CASE].texts]
    assert written not in texts
    assert texts.count("A disc that somebody looked at.") == 1
    version = corpus.version
    write_captions(corpus)
    assert corpus.version == version


def test_captions_are_written_from_corrected_attributes(corpus: Corpus) -> None:
    save_correction(corpus, CASE, CorrectedAttribute("colour", "violet"))
    write_captions(corpus)
    assert any("violet" in text.text for text in corpus[CASE].texts)


def test_a_written_answer_that_was_corrected_is_not_written_again(corpus: Corpus) -> None:
    write_conversations(corpus)
    asked = corpus[CASE].turns[0]
    save_correction(corpus, CASE, CorrectedAnswer(asked.question, "Nobody can tell"))
    write_conversations(corpus)
    answers = [turn.answer for turn in corpus[CASE].turns if turn.question == asked.question]
    assert answers == ["Nobody can tell"]
