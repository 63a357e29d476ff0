"""`TokenStore`: image tokens of the cases of a corpus by a frozen encoder, computed once and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from lexiscope.core.batched import batched
from lexiscope.core.case import Case
from lexiscope.core.files import sha256_json
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.feature_store import FeatureStore
from lexiscope.features.processes import process_state
from lexiscope.features.towers import feature_folder, fill_store, fingerprint, readout_store
from lexiscope.models.assistant.image_reader import ImageReader
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.pictures import PictureReader, Pictures
from lexiscope.models.assistant.token_plan import BranchTokens, TokenPlan, read_tokens
from lexiscope.models.assistant.vision_encoder import HubVisionEncoder
from lexiscope.models.encoder import FUSED, Encoder
from lexiscope.views import ImageBatch, View, ViewCache, load_batch

_CASES_AT_ONCE = 16
_ROWS_A_FILE = 256


@dataclass(frozen=True)
class TokenStore:
    """Image tokens of cases on disk; see `compute_tokens`.

    Args:
        stores: Branch of the encoder -> rows of its tokens.
        summaries: Branch -> length of the readout at the front of a row.
        widths: Branch -> length of a place.
        pictures: Pictures beside the tokens; None for assistants that read tokens alone.
    """

    stores: Mapping[str, FeatureStore]
    summaries: Mapping[str, int]
    widths: Mapping[str, int]
    pictures: "_CasePictures | None" = None

    def of(self, cases: Sequence[Case]) -> ImageTokens:
        """Image tokens of cases, in their order."""
        tokens, present = {}, {}
        for branch, store in self.stores.items():
            mask = torch.tensor([_key(case, branch) is not None for case in cases], dtype=torch.bool)
            kept = torch.from_numpy(store.rows([key for case in cases if (key := _key(case, branch)) is not None]))
            rows = torch.zeros(len(cases), kept.shape[1])
            rows[mask] = kept
            tokens[branch], present[branch] = self._split(branch, rows), mask
        return ImageTokens(tokens, present, {} if self.pictures is None else self.pictures.of(cases))

    def _split(self, branch: str, rows: Tensor) -> BranchTokens:
        length = self.summaries[branch]
        return BranchTokens(rows[:, :length], rows[:, length:].unflatten(1, (-1, self.widths[branch])))


@torch.no_grad()  # not inference mode: a projector is trained on what it makes
def compute_tokens(
    encoder: ImageReader,
    corpus: Corpus,
    *,
    cases: Sequence[Case],
    views: Mapping[str, View],
    plan: TokenPlan,
    progress: Progress | None = None,
) -> TokenStore:
    """Tokens of every case, kept in `.features/` of the corpus; a later or a killed run computes what is missing.

    Readouts of an encoder with a branch for each modality are kept with them: `compute_features` finds them.

    Args:
        encoder: The frozen encoder that reads the images.
        corpus: The corpus that holds the images' files.
        cases: Cases with an image of at least one modality that the encoder reads.
        views: View of each modality.
        plan: Choice of the tokens that are kept.
        progress: Called after each batch.
    """
    if isinstance(encoder, PictureReader):
        store = compute_tokens(encoder.encoder, corpus, cases=cases, views=views, plan=plan, progress=progress)
        return replace(store, pictures=_CasePictures(encoder, corpus, views))
    encoder.to(process_state().device)
    if isinstance(encoder, Encoder):
        encoder.eval()
    stores, summaries, widths = {}, {}, {}
    for branch in encoder.branches:
        reader = _Reader(encoder, corpus, branch, views if branch == FUSED else {branch: views[branch]}, plan)
        by_key = {key: case for case in cases if (key := _key(case, branch)) is not None}
        if not by_key:
            continue
        summaries[branch], widths[branch], width = reader.lengths(next(iter(by_key.values())))
        stores[branch] = FeatureStore(feature_folder(corpus, reader.made_by()), width=width)
        fill_store(
            stores[branch],
            list(by_key),
            partial(reader.load, by_key),
            reader.encode,
            batch_size=_CASES_AT_ONCE,
            what=f"{branch} images seen",
            progress=progress,
        )
        reader.keep_readouts(stores[branch], list(by_key), width=summaries[branch])
    return TokenStore(stores, summaries, widths)


def tokens_of_batch(encoder: ImageReader, batch: ImageBatch, *, plan: TokenPlan) -> ImageTokens:
    """Image tokens of a batch of images, on the encoder's device."""
    if isinstance(encoder, PictureReader):
        tokens = tokens_of_batch(encoder.encoder, batch, plan=plan)
        return replace(tokens, pictures=encoder.pictures(batch.images, batch.present))
    batch = batch.to(encoder.device)
    if isinstance(encoder, HubVisionEncoder):
        return ImageTokens(encoder.read(batch.images, batch.present, slices=plan.slices), batch.present)
    return ImageTokens(read_tokens(encoder, batch.images, batch.present, plan=plan), batch.present)


@dataclass(frozen=True)
class _CasePictures:
    """Pictures of the cases of a corpus, made of the views' prepared pixels when they are looked at."""

    reader: PictureReader
    corpus: Corpus
    views: Mapping[str, View]

    def of(self, cases: Sequence[Case]) -> dict[str, list[Pictures | None]]:
        names = [name for name in self.reader.denormalisations if name in self.views]
        return {
            name: [partial(self._load, case, name) if name in case.images else None for case in cases] for name in names
        }

    def _load(self, case: Case, name: str) -> UInt8[np.ndarray, "s y x 3"]:
        batch = load_batch(self.corpus, [case], {name: self.views[name]}, ViewCache(self.corpus.path / ".views"))
        (shown,) = self.reader.pictures(batch.images, batch.present)[name]
        assert shown is not None
        return shown()


@dataclass(frozen=True)
class _Reader:
    """Reader of one branch of an encoder."""

    encoder: Encoder | HubVisionEncoder
    corpus: Corpus
    branch: str
    views: Mapping[str, View]
    plan: TokenPlan

    def load(self, by_key: Mapping[str, Case], keys: Sequence[str]) -> ImageBatch:
        cache = ViewCache(self.corpus.path / ".views")
        return load_batch(self.corpus, [by_key[key] for key in keys], self.views, cache)

    def encode(self, batch: ImageBatch) -> Tensor:
        read = self._read(batch)
        return torch.cat([read.summary, read.places.flatten(1)], dim=1)

    def keep_readouts(self, tokens: FeatureStore, keys: Sequence[str], *, width: int) -> None:
        """Let the front of the rows, which is what heads read, be found by `compute_features`, too."""
        group = process_state()
        if isinstance(self.encoder, Encoder) and self.branch != FUSED and group.is_main_process:
            store = readout_store(self.encoder, self.corpus, modality=self.branch, view=self.views[self.branch])
            for some in batched(store.missing(keys), _ROWS_A_FILE):
                store.add(some, tokens.rows(some)[:, :width])
        group.wait_for_everyone()

    def lengths(self, case: Case) -> tuple[int, int, int]:
        """Lengths of the readout, of a place, and of a whole row."""
        read = self._read(self.load({"": case}, [""]))
        return read.summary.shape[1], read.places.shape[2], read.summary.shape[1] + read.places[0].numel()

    def made_by(self) -> dict[str, Any]:
        """Everything that decides the rows: weights, readout, views and plan."""
        views = {name: view.key for name, view in self.views.items()}
        if isinstance(self.encoder, HubVisionEncoder):
            seeing = {"tokens": fingerprint(self.encoder.model), "processor": self.encoder.processor.to_dict()}
            return {**seeing, "views": views, "slices": self.plan.slices}
        network = self.encoder if self.branch == FUSED else self.encoder.tower(self.branch)
        return {
            "tokens": fingerprint(network),
            "readout": self.encoder.config.readout,
            "views": views,
            "plan": asdict(self.plan),
        }

    def _read(self, batch: ImageBatch) -> BranchTokens:
        return tokens_of_batch(self.encoder, batch, plan=self.plan).tokens[self.branch]


def _key(case: Case, branch: str) -> str | None:
    """Key of a case's row: its image's hash, or that of all of them where they are mixed; None when it has none."""
    if branch == FUSED:
        contents = {name: image.content for name, image in case.images.items()}
        return sha256_json(contents) if contents else None
    return case.images[branch].content if branch in case.images else None
