"""`AssistantImages`: images of cases as an assistant reads them, some of their modalities taken away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float32
from torch import Tensor

from lexiscope.answering.pipeline import AnswerPipeline
from lexiscope.core.batched import batched
from lexiscope.core.case import Case
from lexiscope.corpus import Corpus
from lexiscope.features.token_store import TokenStore, compute_tokens, tokens_of_batch
from lexiscope.interpret.adapters.hidden_parts import without_patches
from lexiscope.interpret.adapters.image_readouts import ImageReadouts, Readout, shown_batch
from lexiscope.interpret.subject import Coalition
from lexiscope.models.assistant.image_reader import ImageReader
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import BranchTokens
from lexiscope.views import ImageBatch, View

_AT_ONCE = 16


class AssistantImages:
    """Image tokens and embeddings of cases under coalitions.

    Tokens of an encoder that reads each modality for itself are computed once and kept beside the corpus; those of a
    mixed encoder are read anew for each coalition.

    Args:
        pipeline: The assistant with its joint space.
        corpus: Corpus that holds the cases' files.
        views: View of each modality.
    """

    def __init__(self, pipeline: AnswerPipeline, corpus: Corpus, views: Mapping[str, View]) -> None:
        self.pipeline = pipeline
        self.corpus = corpus
        self.views = views
        self.readouts = ImageReadouts(pipeline.joint, corpus, views)
        self._store: TokenStore | None = None
        self._known: dict[str, Case] = {}

    def under(
        self, cases: Sequence[Case], coalition: Coalition, donors: Sequence[Case] | None
    ) -> tuple[ImageTokens, Float32[np.ndarray, "n d"]]:
        """Tokens and embeddings of cases; blank tokens and zeros where no modality is left.

        Args:
            cases: Cases, each with an image.
            coalition: Inputs that are kept, and how others are taken away.
            donors: For "marginal", the case that stands in for each of them.
        """
        with torch.inference_mode():
            seen = self._apart(cases, coalition, donors) if self._separate else self._together(cases, coalition, donors)
        (readout,) = self.readouts.under(cases, [coalition], [donors])
        vectors = np.nan_to_num(self.readouts.embedded(readout))
        if coalition.removal == "zeros":
            some = _any_kept(readout.present, coalition).numpy()
            vectors = np.where(some[:, None], vectors, np.float32(0))  # a blank image is like no case
        return seen, vectors

    def without_patches(
        self, case: Case, hidden: Sequence[Collection[int]], grid: tuple[int, int]
    ) -> tuple[ImageTokens, Float32[np.ndarray, "h d"]]:
        """Tokens and embeddings of one case, once for each set of patches that is hidden.

        Args:
            case: Case with an image.
            hidden: Sets of places in the grid, the last axis fastest.
            grid: Patches along (y, x).
        """
        batch = without_patches(self.readouts.images([case]), hidden, grid)
        parts = [
            ImageBatch(
                {name: batch.images[name][list(rows)] for name in batch.images},
                {name: batch.present[name][list(rows)] for name in batch.present},
            )
            for rows in batched(range(len(hidden)), _AT_ONCE)
        ]
        with torch.inference_mode():
            tokens = _joined([self._read(part) for part in parts])
        if self.encoder is not self.pipeline.joint.image:
            return tokens, self.readouts.embedded(self.readouts.read(batch))
        summaries = {name: read.summary for name, read in tokens.tokens.items()}  # readouts: the same passes made them
        return tokens, self.readouts.embedded(Readout(summaries, tokens.present))

    @property
    def encoder(self) -> ImageReader:
        """What makes the tokens: the joint space's encoder, or the assistant's own."""
        return self.pipeline.assistant.image_encoder(self.pipeline.joint.image)

    @cached_property
    def _separate(self) -> bool:
        return set(self.encoder.branches) <= set(self.views)

    def _apart(self, cases: Sequence[Case], coalition: Coalition, donors: Sequence[Case] | None) -> ImageTokens:
        own, others = self._tokens(cases), None if donors is None else self._tokens(donors)
        tokens, present, pictures = dict(own.tokens), dict(own.present), dict(own.pictures)
        blank = own.blank()
        for name in own.tokens:
            if name in coalition.kept:
                continue
            if coalition.removal == "zeros":
                tokens[name] = blank.tokens[name]
                pictures |= {name: blank.pictures[name]} if name in pictures else {}
            elif others is not None and name in others.tokens:
                tokens[name], present[name] = others.tokens[name], own.present[name] & others.present[name]
                pictures |= {name: others.pictures[name]} if name in pictures else {}
            else:
                present[name] = torch.zeros_like(present[name])
        return _blank_where_nothing(ImageTokens(tokens, present, pictures), own)

    def _together(self, cases: Sequence[Case], coalition: Coalition, donors: Sequence[Case] | None) -> ImageTokens:
        parts = []
        for rows in batched(range(len(cases)), _AT_ONCE):
            batch = self.readouts.images([cases[row] for row in rows])
            others = None if donors is None else self.readouts.images([donors[row] for row in rows])
            shown = shown_batch(batch, others, coalition)
            known = torch.stack(list(shown.present.values())).any(dim=0)
            read = self._read(ImageBatch(shown.images, {n: mask | ~known for n, mask in shown.present.items()}))
            if coalition.removal == "zeros":
                known = _any_kept(batch.present, coalition)
            parts.append(replace(_where(known, read, read.blank()), present=batch.present))
        return _joined(parts)

    def _read(self, batch: ImageBatch) -> ImageTokens:
        read = tokens_of_batch(self.encoder, batch, plan=self.pipeline.assistant.plan)
        return read.to(torch.device("cpu"))

    def _tokens(self, cases: Sequence[Case]) -> ImageTokens:
        """Kept tokens of cases; those of new ones are computed."""
        new = {case.id: case for case in cases if case.id not in self._known}
        if new or self._store is None:
            self._known |= new
            self._store = compute_tokens(
                self.encoder,
                self.corpus,
                cases=list(self._known.values()),
                views=self.views,
                plan=self.pipeline.assistant.plan,
            )
        return self._store.of(cases)


def _any_kept(present: Mapping[str, Bool[Tensor, " b"]], coalition: Coalition) -> Bool[Tensor, " b"]:
    """Which cases have a modality that is kept."""
    nobody = torch.zeros_like(next(iter(present.values())))
    return torch.stack([nobody, *(mask for name, mask in present.items() if name in coalition.kept)]).any(dim=0)


def _blank_where_nothing(shown: ImageTokens, own: ImageTokens) -> ImageTokens:
    """Blank tokens of a case's own modalities where none is left: no assistant was trained without an image."""
    known = torch.stack(list(shown.present.values())).any(dim=0)
    if bool(known.all()):
        return shown
    present = {name: torch.where(known, mask, own.present[name]) for name, mask in shown.present.items()}
    return replace(_where(known, shown, own.blank()), present=present)


def _where(rows: Bool[Tensor, " b"], some: ImageTokens, others: ImageTokens) -> ImageTokens:
    """Some rows of one and the rest of another, present as the first has it."""
    tokens = {
        name: BranchTokens(
            torch.where(rows[:, None], read.summary, others.tokens[name].summary),
            torch.where(rows[:, None, None], read.places, others.tokens[name].places),
        )
        for name, read in some.tokens.items()
    }
    pictures = {
        name: [
            one if row else other for row, one, other in zip(rows.tolist(), shown, others.pictures[name], strict=True)
        ]
        for name, shown in some.pictures.items()
    }
    return ImageTokens(tokens, some.present, pictures)


def _joined(parts: Sequence[ImageTokens]) -> ImageTokens:
    tokens = {
        name: BranchTokens(
            torch.cat([part.tokens[name].summary for part in parts]),
            torch.cat([part.tokens[name].places for part in parts]),
        )
        for name in parts[0].tokens
    }
    present = {name: torch.cat([part.present[name] for part in parts]) for name in parts[0].present}
    pictures = {name: [one for part in parts for one in part.pictures[name]] for name in parts[0].pictures}
    return ImageTokens(tokens, present, pictures)
