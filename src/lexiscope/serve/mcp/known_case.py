"""`known_case`: a case that a client names."""

from lexiscope.core.case import Case
from lexiscope.corpus import Corpus
from lexiscope.serve.problems import NotFoundError


def known_case(corpus: Corpus, case_id: str) -> Case:
    """A case by its id.

    Raises:
        NotFoundError: the corpus has no such case.
    """
    if case_id not in corpus:
        raise NotFoundError(f"expected the id of a case of the corpus, got {case_id}; the tool search tells ids")
    return corpus[case_id]
