"""A segmenter as a subject: how well it outlines one structure with fewer images, or without its sentence.

Inputs are the modalities and "text", the sentence. Its score is the DSC of the structure in a whole case, by the
threshold and the presence that were chosen for it, on the grid of its mask. What stands in for an input:

- "missing": the modality is not shown; the sentence is the zero vector, the mean of those that the model knows.
- "zeros": the image is zeros, its own mean, and is shown; of the sentence the same as "missing".
- "marginal": the image of the donor, stretched over the case's grid; of the sentence the name of one of the learned
  structures, which one goes by the donor.

Windows lie where they do for the whole case, so that a coalition takes an image away and not the frame it was read in.
With nothing to look at, the mask is empty and its DSC 0.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.core.case import Case
from lexiscope.core.errors import EvaluationError, UsageError
from lexiscope.core.files import sha256_json
from lexiscope.corpus import Corpus
from lexiscope.evaluate.metrics.segmentation import dice
from lexiscope.evaluate.segment.asking import NOTHING, Asker
from lexiscope.evaluate.segment.measured_case import MeasuredCase
from lexiscope.features.towers import feature_folder, fingerprint
from lexiscope.interpret.adapters.image_readouts import Noise
from lexiscope.interpret.adapters.scores_ahead import Score, ScoresAhead, Way
from lexiscope.interpret.adapters.segmenter_levels import SegmenterLevels
from lexiscope.interpret.evolution.epochs import Epochs, run_epochs
from lexiscope.interpret.subject import TEXT, Attention, Cases, Coalition, Level, Outcome
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.segmenter.case_masks import CaseMasks
from lexiscope.models.segmenter.windows import ShownImage, body_of, segment_choices
from lexiscope.tasks.segment.delineate import Delineator
from lexiscope.views.case_grid import PreparedCase
from lexiscope.views.voxels import Voxels

_OWN, _ZEROS = "", "(zeros)"  # where a shown image comes from, beside the ids of donors
_BYTES = 256 << 20  # of 8-bit masks of a case that are made for structures whose turn has not come


def segmenter_subjects(
    model: ModelDirectory, corpus: Corpus, split: str, *, seed: int = 0, target: str | None = None
) -> list[tuple["SegmenterSubject", Cases[Case]]]:
    """A subject for each structure that a segmenter learned and a split has; none without a segmenter.

    Args:
        model: Model directory.
        corpus: Corpus with masks.
        split: Split of the corpus.
        seed: Not used: nothing is drawn.
        target: One of the structures; None takes all.

    Raises:
        UsageError: a structure that was not learned.
        EvaluationError: no case of the split has any of the structures.
    """
    if not model.has("segmenter"):
        return []
    if target is not None:
        return [open_segmenter(model, corpus, split, seed=seed, structure=target)]
    asker, ahead = Asker(Delineator.open(model)), ScoresAhead()
    subjects = [SegmenterSubject.of(model, corpus, asker, name) for name in asker.structures]
    opened = [(replace(subject, ahead=ahead), subject.structure) for subject in subjects]
    found = [(subject, cases) for subject, name in opened if len(cases := _cases(subject, corpus, split, name))]
    if not found:
        raise _nothing(asker.structures, corpus, split)
    return found


def open_segmenter(
    model: ModelDirectory, corpus: Corpus, split: str, *, seed: int = 0, structure: str | None = None
) -> tuple["SegmenterSubject", Cases[Case]]:
    """A segmenter asked for one structure, and the cases of a split that have it.

    Args:
        model: Model directory with a segmenter.
        corpus: Corpus with masks.
        split: Split of the corpus.
        seed: Not used: nothing is drawn.
        structure: Structure that it learned; None takes the first.

    Raises:
        ModelError: no segmenter; the message holds the command that makes it.
        UsageError: a structure that was not learned.
        EvaluationError: no case of the split has the structure.
    """
    del seed
    asker = Asker(Delineator.open(model))
    name = asker.structures[0] if structure is None else structure
    if name not in asker.structures:
        msg = f"expected a structure that the model learned ({', '.join(asker.structures)}), got {name!r}"
        raise UsageError(f"{msg}; name one of them")
    subject = SegmenterSubject.of(model, corpus, asker, name)
    cases = _cases(subject, corpus, split, name)
    if not len(cases):
        raise _nothing((name,), corpus, split)
    return subject, cases


@dataclass(frozen=True)
class SegmenterSubject:
    """A segmenter that is asked for one structure. Use `open_segmenter`.

    Args:
        name: What it is.
        fingerprint: Hash of its weights and settings, and the structure.
        inputs: Modalities by the alphabet, then "text".
        fusion: Place where its modalities meet.
        score: What it is measured by.
        corpus: Corpus that holds the cases' files.
        asker: The segmenter with the vectors of its sentences.
        structure: Structure that it is asked for.
        run: Folder of the run of training that made it.
        noise: Noise that is added to the prepared images of a case, though not to those of donors.
        ahead: What is shared with subjects of the same segmenter, asked for other structures.
    """

    name: str
    fingerprint: str
    inputs: tuple[str, ...]
    fusion: str | None
    score: str
    corpus: Corpus
    asker: Asker
    structure: str
    run: Path
    noise: Noise | None = None
    ahead: ScoresAhead = field(default_factory=ScoresAhead, compare=False)

    @classmethod
    def of(cls, model: ModelDirectory, corpus: Corpus, asker: Asker, structure: str) -> "SegmenterSubject":
        """The segmenter of a model, asked for a structure."""
        return cls(
            name=f"segmenter of {structure}",
            fingerprint=sha256_json([model.fingerprint_of("segmenter"), structure]),
            inputs=(*asker.modalities, TEXT),
            fusion=asker.delineator.content.segmenter.config.fusion,
            score=f"DSC of {structure}",
            corpus=corpus,
            asker=asker,
            structure=structure,
            run=model.path / "training" / "segment",
        )

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """DSC of the structure under each coalition; as confidence the score of its being there, as the task has it.

        With late fusion each image is decoded once, and only weighed anew for each coalition.
        """
        return self.outcomes_with(ScoresAhead(), cases, coalitions)

    def outcomes_with(self, ahead: ScoresAhead, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """`outcomes`, of which some may be known, and others are made for structures whose turn comes later."""
        told = np.zeros((2, len(coalitions), len(cases)))
        for row, case in enumerate(cases.items):
            donors = [None if coalition.donors is None else coalition.donors.items[row] for coalition in coalitions]
            ways = [_way(self.asker, case, *pair) for pair in zip(coalitions, donors, strict=True)]
            known = ahead.known(self.structure, case)
            if new := [way for way in dict.fromkeys(ways) if way not in known]:
                of_donors = {donor.id: donor for donor in donors if donor is not None}
                later = ahead.later(self.structure, case, drawn=bool(of_donors))
                found = self._scores(case, new, of_donors, structures=(self.structure, *later))
                for structure, scores in found.items():
                    ahead.keep(structure, case, scores)
                known |= found[self.structure]
            told[:, :, row] = np.transpose([known[way] for way in ways])
        return [Outcome(score, confidence=confidence) for score, confidence in zip(*told, strict=True)]

    def in_turn(self, cases: Cases[Any]) -> "SegmenterInTurn":
        """The same, which reads images that it is asked about for all structures whose turn comes later, too."""
        self.ahead.expect(self.structure, cases)
        return SegmenterInTurn(self)

    def with_noise(self, variance: float, *, seed: int) -> "SegmenterSubject":
        """The same, reading images with Gaussian noise.

        Args:
            variance: Of the noise, where the values of an image run from 0 to 1.
            seed: Seed of the noise.
        """
        noise = Noise(variance, seed)
        return replace(self, fingerprint=noise.named(self.fingerprint), noise=noise)

    def held_out(self) -> Cases[Case] | None:
        """Cases of the split "val" that show the structure, which thresholds were chosen on; None without any."""
        cases = _cases(self, self.corpus, "val", self.structure)
        return cases if len(cases) else None

    def levels(self, cases: Cases[Any]) -> Mapping[str, Sequence[Level]]:
        """Stem and trunk of each modality and, as "fused", the decoder under the structure's name, the coarsest first.

        Of one window of each case, in the size that was trained with, around the structure where there is most of it;
        averaged over places down to 32 (in volumes 16) along each axis. The features of late fusion are weighed as
        the mask is.
        """
        return self._windows.levels(cases.items)

    def levels_folder(self, cases: Cases[Any]) -> Path | None:
        """Folder beside the corpus that levels are kept in; None while units are silenced."""
        if self._windows.silenced:
            return None
        content = self.asker.delineator.content
        looks = {"grid": content.grid.key, "window": list(content.window), "structure": self.structure}
        made_by = {"levels": fingerprint(content.segmenter), **looks, "version": cases.version}
        return feature_folder(self.corpus, made_by)

    def ablated(self, branch: str, level: str, units: Sequence[int]) -> Any:
        """Within the context, these channels of a level are zeros in everything that is computed.

        Raises:
            UsageError: no such branch or level.
        """
        return self._windows.ablated(branch, level, units)

    def concepts(self, cases: Cases[Any], grid: tuple[int, ...]) -> Mapping[str, Float[np.ndarray, "b p"]]:
        """Share that each structure with a mask covers of the places of the window that `levels` looks at."""
        return self._windows.concepts(cases.items, grid)

    def images(self, cases: Cases[Any]) -> Mapping[str, Float[Tensor, "b ..."]]:
        """Modality -> the window that `levels` looks at; zeros where a case lacks it."""
        return self._windows.images(cases.items)[0]

    def score_of(self, cases: Cases[Any], images: Mapping[str, Tensor]) -> Float[Tensor, " b"]:
        """Mean mask logit over the true structure in the window."""
        return self._windows.logit(cases.items, images)

    def attention(self, cases: Cases[Any], images: Mapping[str, Tensor]) -> Mapping[str, Attention]:
        """Modality -> attention over these windows, where a transformer reads its images."""
        del cases
        return self._windows.attention(images)

    def epochs(self) -> Epochs:
        """Epochs that its training kept, with the segmenter as it was after each."""
        return run_epochs(self, self.asker.delineator.content.segmenter, self.run, prefix="segmenter.")

    @property
    def meanings(self) -> dict[str, str]:
        """What inputs are whose names do not say it."""
        return {TEXT: f"the sentence that asks for {self.structure}; without it the model does not know what is meant"}

    @property
    def network(self) -> nn.Module:
        """The segmenter."""
        return self._windows.segmenter

    @cached_property
    def _windows(self) -> SegmenterLevels:
        return SegmenterLevels(self.corpus, self.asker, self.structure)

    def _scores(
        self, case: Case, ways: Sequence[Way], donors: Mapping[str, Case], *, structures: Sequence[str]
    ) -> dict[str, dict[Way, Score]]:
        """Structure -> way to ask for it in a case -> its DSC, and how sure the model is that it is there.

        Of the first structure always; of others as far as their masks lie on its grid and memory goes.
        """
        measured = _alike(self._read(case, structures), structures[0])
        prepared, truth = self._disturbed(measured.prepared(self._grid), case), measured.truth()
        shown = {source for way in ways for source in way.shown}
        images = {source: self._shown(source, prepared, donors) for source in sorted(shown)}
        seen = {way: frozenset(source for source in way.shown if images[source] is not None) for way in ways}
        choices = list(dict.fromkeys(choice for choice in seen.values() if choice))
        bound = _BYTES // (max(1, len(choices)) * math.prod(prepared.shape))
        asked = {name: {way: self._sentence(way, name) for way in ways} for name in (*truth,)[: max(1, bound)]}
        sentences = list(dict.fromkeys(sentence for one in asked.values() for sentence in one.values()))
        wanted = {(seen[way], sentence, name) for name, one in asked.items() for way, sentence in one.items()}
        scores: dict[tuple[frozenset[tuple[str, str]], str, str], Score] = {}
        found = zip(choices, self._masks(prepared, images, choices, sentences), strict=True)
        for choice, masks in found:
            restored = self.asker.delineator.restored(masks, prepared)
            for sentence, (probability, presence) in zip(sentences, restored, strict=True):
                for name in asked:
                    if (choice, sentence, name) in wanted:
                        mask, sure = self.asker.delineator.outlined(probability, presence, name)
                        scores[choice, sentence, name] = dice(mask, truth[name]), sure
        empty = (0.0, 0.0)
        return {
            name: {way: scores.get((seen[way], sentence, name), empty) for way, sentence in one.items()}
            for name, one in asked.items()
        }

    def _sentence(self, way: Way, structure: str) -> str:
        return self.asker.name_of(structure) if way.sentence is None else way.sentence

    def _disturbed(self, prepared: PreparedCase, case: Case) -> PreparedCase:
        if self.noise is None:
            return prepared
        noisy = {
            name: self.noise.added(torch.from_numpy(np.array(image)), case=case, modality=name).numpy()
            for name, image in prepared.images.items()
        }
        return replace(prepared, images=noisy)

    def _masks(
        self,
        prepared: PreparedCase,
        images: Mapping[tuple[str, str], ShownImage | None],
        choices: Sequence[frozenset[tuple[str, str]]],
        sentences: Sequence[str],
    ) -> list[CaseMasks]:
        if not choices:
            return []
        delineator, order = self.asker.delineator, [source for source, image in images.items() if image is not None]
        vectors = self.asker.vectors(sentences)
        return segment_choices(
            delineator.content.segmenter,
            [image for image in images.values() if image is not None],
            [[number for number, source in enumerate(order) if source in choice] for choice in choices],
            vectors,
            window=delineator.content.window,
            body=body_of(prepared.images),
            overlap=delineator.settings.overlap,
            batch=delineator.settings.batch,
            mirrors=delineator.content.mirrors,
            placeless=delineator.known.placeless(vectors),
        )

    def _shown(self, source: tuple[str, str], prepared: PreparedCase, donors: Mapping[str, Case]) -> ShownImage | None:
        """An image as it is shown; None where the donor has none."""
        modality, origin = source
        own = prepared.images[modality]
        if origin == _OWN:
            return self._with_tokens(modality, own)
        if origin == _ZEROS:
            return self._with_tokens(modality, np.zeros_like(own))
        donor = donors[origin]
        if modality not in donor.images:
            return None
        values = self._read(donor).prepared(self._grid).images[modality]
        return self._with_tokens(modality, _stretched(values, prepared.shape))

    def _with_tokens(self, modality: str, values: np.ndarray) -> ShownImage:
        with torch.inference_mode():
            return ShownImage(modality, values, self.asker.delineator.content.segmenter.token_map(values))

    def _read(self, case: Case, structures: Sequence[str] = ()) -> MeasuredCase:
        wanted = structures or (self.structure,)
        return MeasuredCase.read(self.corpus, case, modalities=self.asker.modalities, structures=wanted)

    @property
    def _grid(self) -> Any:
        return self.asker.delineator.content.grid


@dataclass(frozen=True)
class SegmenterInTurn:
    """A segmenter as it is, asked for one structure before it is asked for others. Use `SegmenterSubject.in_turn`.

    Args:
        subject: The segmenter.
    """

    subject: SegmenterSubject

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """Those of the subject."""
        return self.subject.outcomes_with(self.subject.ahead, cases, coalitions)


def _way(asker: Asker, case: Case, coalition: Coalition, donor: Case | None) -> Way:
    """What a coalition leaves of a case; what the case lacks is not made up."""
    origin = {"missing": None, "zeros": _ZEROS, "marginal": None if donor is None else donor.id}[coalition.removal]
    present = [name for name in asker.modalities if name in case.images]
    sources = [(name, _OWN if name in coalition.kept else origin) for name in present]
    shown = frozenset((name, source) for name, source in sources if source is not None)
    if TEXT in coalition.kept:
        return Way(shown, None)
    return Way(shown, NOTHING if coalition.removal != "marginal" or donor is None else _named_by(asker, donor))


def _named_by(asker: Asker, donor: Case) -> str:
    """Name of one of the learned structures, which one goes by the donor."""
    return asker.name_of(asker.structures[int(sha256_json(donor.id)[:8], 16) % len(asker.structures)])


def _alike(measured: MeasuredCase, structure: str) -> MeasuredCase:
    """A case with the mask of a structure first, and of the others those on the same grid."""
    first = measured.masks[structure]
    others = {name: mask for name, mask in measured.masks.items() if name != structure and _on_one_grid(mask, first)}
    return replace(measured, masks={structure: first, **others})


def _on_one_grid(mask: Voxels, other: Voxels) -> bool:
    return mask.grid.is_same(other.grid) and mask.spacing == other.spacing


def _stretched(values: Float[np.ndarray, "c z y x"], shape: tuple[int, int, int]) -> Float[np.ndarray, "c z y x"]:
    """An image of another grid on this one, edge to edge."""
    if values.shape[1:] == shape:
        return values
    grown = functional.interpolate(
        torch.from_numpy(np.asarray(values, np.float32))[None], size=shape, mode="trilinear", align_corners=False
    )
    return grown[0].numpy().astype(values.dtype)


def _cases(subject: SegmenterSubject, corpus: Corpus, split: str, structure: str) -> Cases[Case]:
    """Cases of a split with an image that the segmenter reads, in which the structure is."""
    modalities = subject.asker.modalities
    found = [
        case
        for case in corpus.cases(split)
        if structure in case.masks and set(modalities) & case.images.keys() and _is_there(subject, case)
    ]
    present = {name: np.array([name in case.images for case in found], dtype=bool) for name in modalities}
    return Cases(
        items=found,
        ids=[case.id for case in found],
        groups=[case.group for case in found],
        present={**present, TEXT: np.ones(len(found), dtype=bool)},
        version=corpus.version,
        split=split,
    )


def _is_there(subject: SegmenterSubject, case: Case) -> bool:
    read = MeasuredCase.read(subject.corpus, case, modalities=(), structures=(subject.structure,))
    return bool(read.truth()[subject.structure].any())


def _nothing(structures: Sequence[str], corpus: Corpus, split: str) -> EvaluationError:
    msg = f"expected cases that show {', '.join(structures)} in split {split!r} of {corpus.path}, found none"
    return EvaluationError(f"{msg}; name another split, or train on structures of this corpus")
