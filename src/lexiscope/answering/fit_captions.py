"""`fit_captions`: attributes to compose captions from, and the writer that is best on held-out cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lexiscope.answering.captioning import (
    CaptionWriter,
    ComposedWriter,
    DecoderWriter,
    NearestWriter,
    SeenCases,
    TypicalWriter,
)
from lexiscope.answering.choose_captions import choose_captions, most_typical
from lexiscope.answering.fit_attributes import fit_attributes
from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.duplicates.same_group import connected_groups, excluded_groups
from lexiscope.features.token_store import TokenStore, compute_tokens
from lexiscope.features.vectors import case_vectors
from lexiscope.language.text.stated_attributes import DescribedCase, StatedAttributes
from lexiscope.models.assistant.captions import CaptionModel
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.attributes import AttributePredictor, TokenScale
from lexiscope.models.joint import JointSpace
from lexiscope.views import View

_MOST_HELD_OUT = 200  # cases by which writers are weighed: a language model takes a second for each


@dataclass(frozen=True)
class CaptionExamples:
    """Everything that captions are learned from.

    Args:
        joint: Joint space whose encoder reads the images.
        corpus: Corpus that holds the cases.
        views: Views of the model, by modality.
        plan: Image tokens of the encoder to predict attributes from.
        learned: Cases to learn from, each with an image that the model reads.
        described: Those of them with captions.
        held_out: Cases of the split "val" with captions; possibly none.
        seed: Seed of every draw.
        progress: Called while images are seen.
    """

    joint: JointSpace
    corpus: Corpus
    views: Mapping[str, View]
    plan: TokenPlan
    learned: Sequence[Case]
    described: Sequence[DescribedCase]
    held_out: Sequence[DescribedCase]
    seed: int
    progress: Progress | None = None

    @property
    def reader(self) -> StatedAttributes:
        """Attributes that captions are read for."""
        return StatedAttributes.of(self.learned)

    @property
    def names(self) -> tuple[str, ...]:
        """Attributes that captions state or, without captions, all that captions can be read for."""
        return self.reader.often_stated(self.described) if self.described else tuple(sorted(self.reader.values))

    def weighed(self) -> list[DescribedCase]:
        """Held-out cases by which writers are weighed, drawn by the seed where there are many."""
        order = np.random.default_rng(self.seed).permutation(len(self.held_out))[:_MOST_HELD_OUT]
        return [self.held_out[row] for row in sorted(order)]

    def tokens(self, cases: Sequence[Case]) -> TokenStore:
        """Image tokens of cases by the joint space's encoder."""
        image, progress = self.joint.image, self.progress
        return compute_tokens(image, self.corpus, cases=cases, views=self.views, plan=self.plan, progress=progress)


def fit_captions(
    examples: CaptionExamples,
    *,
    decoder: DecoderWriter | None = None,
    decoded: Callable[[Sequence[Case]], ImageTokens] | None = None,
) -> CaptionModel | None:
    """Predictor of the attributes that captions state, and the order of the writers; None where nothing can write.

    Args:
        examples: Cases to learn from, and held-out cases.
        decoder: Language model that writes captions; None for a model without one.
        decoded: Gives the image tokens that the decoder reads; those of the encoder when None.
    """
    weighed = examples.weighed()
    cases = [one.case for one in weighed]
    store = examples.tokens([*examples.learned, *cases])
    predictor = _fit_predictor(examples, store)
    typical = most_typical([text for one in examples.described for text in one.references])
    writers: list[CaptionWriter] = [ComposedWriter(predictor)] if predictor.attributes else []
    writers += [nearest_writer(examples), TypicalWriter(typical)] if examples.described else []
    writers += [decoder] if decoder is not None else []
    if not writers:
        return None
    tokens = store.of(cases)
    seen = SeenCases(
        tokens,
        case_vectors(examples.joint, examples.corpus, cases, views=examples.views),
        excluded_groups(examples.corpus, cases),
        lambda: tokens if decoded is None else decoded(cases),
    )
    choice = choose_captions(writers, weighed, seen, reader=examples.reader, typical=typical)
    return CaptionModel(choice, predictor, examples.plan)


def nearest_writer(examples: CaptionExamples) -> NearestWriter:
    """Writer that takes the caption of the nearest case learned from."""
    cases = [one.case for one in examples.described]
    vectors = case_vectors(examples.joint, examples.corpus, cases, views=examples.views)
    captions = [one.references[0] for one in examples.described]
    return NearestWriter(captions, vectors, [case.group for case in cases])


def _fit_predictor(examples: CaptionExamples, store: TokenStore) -> AttributePredictor:
    if not examples.names:
        return AttributePredictor(TokenScale({}, {}))
    groups = connected_groups(excluded_groups(examples.corpus, examples.learned))
    tokens = store.of(examples.learned)
    return fit_attributes(examples.learned, tokens, groups=groups, names=examples.names, seed=examples.seed)
