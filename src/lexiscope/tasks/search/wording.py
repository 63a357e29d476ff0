"""Wording of cases: what is written about them, and its vectors, by the text tower alone and in the joint space."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from lexiscope.core.batched import batched, stream_batches
from lexiscope.core.case import Case, Scalar
from lexiscope.core.files import sha256_json
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.index.embeddings import EmbeddingLog
from lexiscope.models.joint import JointSpace

_TEXTS = 64


def written_texts(case: Case, *, attributes: bool = True) -> list[str]:
    """Texts of a case that a query may mean: its passages, its turns, and its attributes as words.

    Args:
        case: The case.
        attributes: Attributes count as a text.

    Example:
        >>> from lexiscope.core import Passage, Provenance
        >>> words = (Passage("caption", "A crack."),)
        >>> written_texts(Case("a", "b", Provenance("x"), texts=words, attributes={"sample_age": 5}))
        ['A crack.', 'sample age 5']
    """
    turns = [f"{turn.question} {turn.answer}" for turn in case.turns]
    named = [attributes_in_words(case.attributes)] if attributes and case.attributes else []
    return list(dict.fromkeys([*(passage.text for passage in case.statements), *turns, *named]))


def is_described(case: Case) -> bool:
    """True where somebody wrote about a case, in passages or in turns."""
    return bool(case.statements or case.turns)


def attributes_in_words(attributes: Mapping[str, Scalar]) -> str:
    """Attributes as one text.

    Example:
        >>> attributes_in_words({"grade": "II", "tumour_site": "left"})
        'grade II, tumour site left'
    """
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in attributes.items())


def wording_size(joint: JointSpace) -> int:
    """Numbers in one vector of `wording_vectors`."""
    return joint.text.sentence_width + joint.width


def wording_vectors(joint: JointSpace, texts: Sequence[str]) -> Float32[np.ndarray, "n wd"]:
    """Two unit vectors a text, side by side: by the text tower alone, then in the joint space; one pass of the tower.

    The first knows what words mean everywhere, the second what is seen where they are written: it finds a caption by
    a description of the picture that shares no word with it.
    """
    vectors = np.empty((len(texts), wording_size(joint)), np.float32)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    with torch.inference_mode():
        for rows in batched(order, _TEXTS):
            vectors[list(rows)] = _both(joint, [texts[row] for row in rows])
    return vectors


def _both(joint: JointSpace, texts: Sequence[str]) -> Float32[np.ndarray, "n wd"]:
    features = joint.text_features(texts)
    projected = joint.project_texts(features).float().cpu().numpy()
    layers, levels = joint.text.model.config.num_hidden_layers, joint.text.config.levels
    if levels[-1] not in (-1, layers):
        return np.concatenate([sentence_vectors(joint, texts), projected], axis=1)
    last = features[:, -joint.text.sentence_width :].float().cpu().numpy()
    unit = last / np.maximum(np.linalg.norm(last, axis=1, keepdims=True), 1e-12)
    return np.concatenate([unit, projected], axis=1)


def sentence_vectors(joint: JointSpace, texts: Sequence[str]) -> Float32[np.ndarray, "n w"]:
    """Unit vectors of texts: the mean over the tokens of the text tower's last layer, as sentence encoders give it."""
    vectors = np.empty((len(texts), joint.text.model.config.hidden_size), np.float32)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    with torch.inference_mode():
        for rows in batched(order, _TEXTS):
            states = joint.text.token_states([texts[row] for row in rows])
            vectors[list(rows)] = torch.stack([state.mean(dim=0) for state in states]).float().cpu().numpy()
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def token_vectors(joint: JointSpace, texts: Sequence[str]) -> list[Float[Tensor, "t w"]]:
    """States of the text tower's last layer at each token of each text, without those that frame it."""
    tokenizer = joint.text.tokenizer
    only_closed = tokenizer is not None and tokenizer.num_special_tokens_to_add(False) == 1  # as SigLIP's
    first = 0 if only_closed else 1
    with torch.inference_mode():
        return [state[first:-1] if len(state) > first + 1 else state for state in joint.text.token_states(texts)]


def log_wordings(
    corpus: Corpus, log: EmbeddingLog, *, joint: JointSpace, chunk: int, progress: Progress | None
) -> None:
    """Compute the vectors of every text of a corpus that the log does not know, a chunk of cases at a time."""
    total, done = len(corpus), 0
    for cases in stream_batches(corpus, chunk):
        texts = {key: text for case in cases for text in written_texts(case) if (key := wording_key(text)) not in log}
        if texts:
            log.append(list(texts), wording_vectors(joint, list(texts.values())))
        done += len(cases)
        if progress:
            progress(done, total, "reading what is written")


def logged_wordings(case: Case, log: EmbeddingLog) -> Float32[np.ndarray, "n wd"] | None:
    """Vectors of what is written about a case, from the log; None where nothing is."""
    texts = written_texts(case)
    return np.stack([log[wording_key(text)] for text in texts]) if texts else None


def wording_key(text: str) -> str:
    """Key of a text in a log."""
    return sha256_json(["wording and joint", text])
