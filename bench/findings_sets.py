"""Real data sets with small models trained on them, and what is looked for in each."""

import copy
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import lexiscope
from answers import questions
from classification import sources
from findings_measures import (
    ArrayLevels,
    Beside,
    Finding,
    discrepancy,
    dominance,
    growth,
    late_ahead,
    of_level,
    shared_levels,
    used_together,
)
from findings_parts import Part
from lexiscope.core.case import Case
from lexiscope.core.files import write_beside
from lexiscope.corpus import Corpus
from lexiscope.interpret.adapters.assistant import EVIDENCE, open_assistant
from lexiscope.interpret.adapters.classifier import ClassifierSubject, open_classifier
from lexiscope.interpret.adapters.joint import open_joint
from lexiscope.interpret.adapters.segmenter import SegmenterSubject, open_segmenter
from lexiscope.interpret.pooled import pool_levels
from lexiscope.interpret.semantics.dissect import dissect
from lexiscope.interpret.semantics.semantics import semantics
from lexiscope.interpret.subject import TEXT, Cases, Coalition
from lexiscope.models.directory import ModelDirectory
from lexiscope.sources.scans.nifti.source import NiftiSource
from lexiscope.training.instruct.config import InstructConfig
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.segment import train_segmenter
from lexiscope.training.settings import StageSettings

sys.path.append(str(Path(__file__).resolve().parents[1] / "examples"))
from av_digits import KINDS, digits_of, read, subject_of, trained  # type: ignore[import-not-found]

FUSIONS = ("early", "hybrid", "late")
GRADE, SIDE = "grade", "laterality"
_PASSES = 15  # over the digits
_LABEL_SHARE = 0.1  # of the places that a unit responds at: each of ten classes covers a tenth of them
_WORDS_ALONE = "no masks or labels say where things are, and what words say has no interval"


@dataclass(frozen=True)
class Settings:
    """Settings of a run.

    Args:
        data: Folder of the data sets.
        work: Folder of corpora, models and results.
        split: Split that is looked at.
        seeds: Trainings of what trains in seconds.
        questions: Most questions that an assistant is asked.
        segmenter: Model directory with a segmenter of gliomas; None takes the late one that is trained here.
    """

    data: Path
    work: Path
    split: str
    seeds: int
    questions: int
    segmenter: Path | None


def digits(settings: Settings) -> Iterator[Part]:
    """Image and sound of a digit, in networks that join them early, hybrid and late."""
    data = read(settings.data / "av_digits" / "av_digits.npz")
    cases = digits_of(data, settings.split)
    pairs = {}
    for seed in range(settings.seeds):
        for fusion in FUSIONS:
            torch.manual_seed(seed)
            start = KINDS[fusion]()
            network = _digits_network(settings.work / "digits" / f"{fusion}-{seed}.pt", start, data)
            pairs[fusion, seed] = subject_of(start, fusion), subject_of(network, fusion)
    about = _about(cases, training=f"{_PASSES} passes over the split train")
    for (fusion, seed), (start, end) in pairs.items():
        name = f"{fusion} fusion, seed {seed}"
        prints = {"fingerprint": end.fingerprint, "seed": seed}
        yield Part(name, about | prints, lambda s=start, e=end, n=name, f=fusion: _of_digits(s, e, cases, n, f))
    told = {f"{fusion} {seed}": end.fingerprint for (fusion, seed), (_, end) in pairs.items()}
    name = f"three fusions, mean of {settings.seeds} trainings"
    ends = {key: end for key, (_, end) in pairs.items()}
    yield Part(name, about | {"fingerprint": told, "seed": 0}, lambda: [_late_digits(ends, cases, name)])


def _digits_network(path: Path, start: nn.Module, data: Mapping[str, np.ndarray]) -> nn.Module:
    """A network as it was trained in an earlier run, or trained now from its start."""
    network = copy.deepcopy(start)
    if path.exists():
        network.load_state_dict(torch.load(path, weights_only=True))
        return network
    trained(network, data, epochs=_PASSES)
    with write_beside(path) as part:
        torch.save(network.state_dict(), part)
    return network


def _of_digits(start: Any, end: Any, cases: Cases[Any], name: str, fusion: str) -> list[Finding]:
    made = [dominance(end, cases, model=name, seed=0)]
    if fusion == "early":
        return made  # both are one picture from the start, so that neither has features of its own
    with pool_levels(end, cases) as pooled:
        made += discrepancy(pooled, cases.groups, model=name, seed=0)
    before, after = (dissect(one, cases, share=_LABEL_SHARE) for one in (start, end))
    level = shared_levels(after)[-1]
    made.append(
        growth(of_level(before, level), of_level(after, level), model=f"{name}, {level} while training", seed=0)
    )
    made.append(_over_depth(after, name))
    return [*made, used_together(semantics(end, cases, share=_LABEL_SHARE), model=name)]


def _late_digits(ends: Mapping[tuple[str, int], Any], cases: Cases[Any], name: str) -> Finding:
    """Share of right answers of each case over the trainings of each fusion."""
    right = {
        fusion: np.mean([_right(end, cases) for (kind, _), end in ends.items() if kind == fusion], axis=0)
        for fusion in FUSIONS
    }
    return late_ahead(right, cases.groups, model=name, seed=0)


def gliomas_outlined(settings: Settings) -> Iterator[Part]:
    """Three sequences of a brain, in segmenters that outline its tumour."""
    corpus = _gliomas(settings)
    trained_here = {fusion: _segmenter(settings.work, corpus, fusion) for fusion in FUSIONS}
    chosen = settings.segmenter or trained_here["late"]
    subject, cases = open_segmenter(ModelDirectory(chosen), corpus, settings.split)
    record = ModelDirectory(chosen).record("segmenter")
    name = f"segmenter of {subject.structure}, {subject.fusion} fusion, {record['config']['epochs']} epochs"
    about = _about(
        cases, fingerprint=subject.fingerprint, seed=record["seed"], training=_chosen(SegmentConfig(**record["config"]))
    )
    yield Part(name, about, lambda: _of_segmenter(subject, cases, name))
    here = {
        fusion: open_segmenter(ModelDirectory(model), corpus, settings.split) for fusion, model in trained_here.items()
    }
    config = _quick("late")
    for fusion in ("hybrid", "late"):
        small, some = here[fusion]
        label = f"segmenter, {fusion} fusion, {config.epochs} short epochs"
        about = _about(some, fingerprint=small.fingerprint, seed=0, training=_chosen(config))
        yield Part(label, about, lambda s=small, c=some, n=label: [_while_training(s, c, n)])
    prints = {fusion: one.fingerprint for fusion, (one, _) in here.items()}
    label = f"segmenters of {config.epochs} short epochs"
    about = _about(cases, fingerprint=prints, seed=0, training=_chosen(config))
    yield Part(label, about, lambda: [_late_segmenters({f: one for f, (one, _) in here.items()}, cases, label)])


def _of_segmenter(subject: SegmenterSubject, cases: Cases[Case], name: str) -> list[Finding]:
    made = [dominance(Beside(subject, frozenset({TEXT})), cases, model=name, seed=0)]
    with pool_levels(subject, cases) as pooled:
        made += discrepancy(pooled, cases.groups, model=name, seed=0)
    return [*made, _over_depth(dissect(subject, cases), name), used_together(semantics(subject, cases), model=name)]


def _over_depth(dissections: Sequence[Any], name: str) -> Finding:
    levels = shared_levels(dissections)
    ends = [of_level(dissections, level) for level in (levels[0], levels[-1])]
    return growth(*ends, model=f"{name}, {levels[0]} to {levels[-1]}", seed=0)


def _while_training(subject: SegmenterSubject, cases: Cases[Case], name: str) -> Finding:
    kept, found = subject.epochs(), {}
    for epoch in (min(kept), max(kept)):
        with kept[epoch]() as then:
            found[epoch] = dissect(then, cases)
    level = shared_levels(found[max(kept)])[-1]
    before, after = (of_level(found[epoch], level) for epoch in sorted(found))
    return growth(before, after, model=f"{name}, {level} while training", seed=0)


def _late_segmenters(subjects: Mapping[str, SegmenterSubject], cases: Cases[Case], name: str) -> Finding:
    whole = [Coalition(frozenset(subjects["late"].inputs))]
    scores = {fusion: np.asarray(one.outcomes(cases, whole)[0].score) for fusion, one in subjects.items()}
    return late_ahead(scores, cases.groups, model=f"{name}, DSC", seed=0)


def gliomas_classified(settings: Settings) -> Iterator[Part]:
    """The same sequences in a joint space, and the grade and side of the tumour told from it."""
    corpus = _gliomas(settings)
    model = _aligned(settings.work / "lgg-model", corpus, text_columns=("caption",))
    joint, texts = open_joint(model, corpus, settings.split)
    about = _about(texts, fingerprint=joint.fingerprint, seed=0, training="train align, as it comes")
    yield Part("joint space", about, lambda: _of_joint(joint, texts, "joint space"))
    for attribute in (GRADE, SIDE):
        name = f"{attribute} by a probe"
        subject, cases = open_classifier(model, corpus, settings.split, attribute=attribute)
        others, _ = open_classifier(model, corpus, settings.split, attribute=attribute, method="evidential")
        about = _about(cases, fingerprint=[subject.fingerprint, others.fingerprint], seed=0, training="as it comes")
        yield Part(name, about, lambda s=subject, o=others, c=cases, n=name: _of_classifier(s, o, c, n))


def _of_joint(joint: Any, cases: Cases[Case], name: str) -> list[Finding]:
    with pool_levels(joint, cases) as pooled:
        made = discrepancy(pooled, cases.groups, model=name, seed=0)
    texts = [case.statements[0].text for case in cases.items]
    made += _image_and_text(joint, cases, texts, name)
    return [*made, *_unsaid(name, "growth", "together")]


def _of_classifier(joined: ClassifierSubject, apart: ClassifierSubject, cases: Cases[Case], name: str) -> list[Finding]:
    scores = {"late": _right(apart, cases), "joined features": _right(joined, cases)}
    label = f"{name.split()[0]}: opinions of sequences joined late, against a probe on all features, accuracy"
    return [dominance(joined, cases, model=name, seed=0), late_ahead(scores, cases.groups, model=label, seed=0)]


def chests(settings: Settings) -> Iterator[Part]:
    """A chest X-ray with the notes and the measurements of its patient."""
    corpus = _corpus(settings.work / "covid", sources("covid", settings.data, settings.work))
    model = _aligned(settings.work / "covid-model", corpus)
    joint, texts = open_joint(model, corpus, settings.split)
    about = _about(texts, fingerprint=joint.fingerprint, seed=0, training="train align, as it comes")
    yield Part("joint space", about, lambda: _of_pairs(joint, texts, "joint space"))
    subject, cases = open_classifier(model, corpus, settings.split, attribute="finding", reads="all")
    about = _about(cases, fingerprint=subject.fingerprint, seed=0, training="as it comes")
    name = "finding by a probe on image, notes and attributes"
    yield Part(name, about, lambda: [dominance(subject, cases, model=name, seed=0)])


def _of_pairs(joint: Any, cases: Cases[Case], name: str) -> list[Finding]:
    texts = [case.statements[0].text for case in cases.items]
    silent = _unsaid(name, "growth", "together", "late")
    return [*_image_and_text(joint, cases, texts, name), *silent]


def radiology_questions(settings: Settings) -> Iterator[Part]:
    """An image with a question about it, in an assistant that answers."""
    corpus = _corpus(settings.work / "vqa", [questions(settings.data)])
    model = _aligned(settings.work / "vqa-model", corpus)
    quick = InstructConfig(per_case=4, epochs=2, reranker_epochs=1, evidence=1, side=2, batch=32)
    if not model.has("assistant"):
        lexiscope.instruct(corpus, model.path, config=quick)
    subject, cases = open_assistant(model, corpus, settings.split, limit=settings.questions)
    about = _about(cases, fingerprint=subject.fingerprint, seed=0, training=_chosen(quick))
    yield Part("assistant", about, lambda: _of_assistant(subject, cases, "assistant of a small language model"))


def _of_assistant(subject: Any, cases: Cases[Any], name: str) -> list[Finding]:
    asked = [example.question for example in cases.items]
    return [
        dominance(Beside(subject, frozenset({EVIDENCE})), cases, model=f"{name}, image and question", seed=0),
        *_image_and_text(subject, cases, asked, f"{name}, joint space"),
        *_unsaid(name, "growth", "together", "late"),
    ]


SETS: Mapping[str, Callable[[Settings], Iterator[Part]]] = {
    "av_digits": digits,
    "lgg_mri segmentation": gliomas_outlined,
    "lgg_mri classification": gliomas_classified,
    "covid_cxr": chests,
    "vqa_rad": radiology_questions,
}


def _image_and_text(subject: Any, cases: Cases[Any], texts: Sequence[str], name: str) -> list[Finding]:
    """Vectors of images and of words in the space that was made for both."""
    values = {
        ("image", "joint space"): subject.image_vectors(cases),
        ("text", "joint space"): subject.text_vectors(texts),
    }
    present = {place: np.isfinite(of).all(axis=1) for place, of in values.items()}
    return discrepancy(ArrayLevels(values, present), cases.groups, model=name, seed=0)


def _unsaid(name: str, *claims: str) -> list[Finding]:
    told = {
        "growth": _WORDS_ALONE,
        "together": _WORDS_ALONE,
        "late": "one way of joining the inputs was trained",
    }
    return [Finding(claim, name, why=told[claim]) for claim in claims]


def _right(subject: Any, cases: Cases[Any]) -> np.ndarray:
    (outcome,) = subject.outcomes(cases, [Coalition(frozenset(subject.inputs))])
    assert outcome.probabilities is not None
    return np.asarray(outcome.probabilities.argmax(axis=1) == cases.truth, dtype=float)


def _gliomas(settings: Settings) -> Corpus:
    folder = settings.data / "lgg_mri"
    source = NiftiSource(folder / "cases", table=folder / "cases.csv", structures={"tumour": ("1",)})
    return _corpus(settings.work / "lgg", [source])


def _corpus(folder: Path, some: Sequence[Any]) -> Corpus:
    for source in some:
        lexiscope.build_corpus(folder, source)
    return Corpus.open(folder)


def _aligned(folder: Path, corpus: Corpus, **options: Any) -> ModelDirectory:
    if not ModelDirectory(folder).has("joint"):
        lexiscope.align(corpus, folder, config=lexiscope.AlignConfig(**options))
    return ModelDirectory(folder)


def _quick(fusion: str) -> SegmentConfig:
    return SegmentConfig(
        fusion=fusion, width=8, window=(96, 96), windows=64, epochs=6, agreement=0.0, keep_checkpoints=6
    )


def _segmenter(work: Path, corpus: Corpus, fusion: str) -> Path:
    out = work / f"lgg-{fusion}"
    if not ModelDirectory(out).has("segmenter"):
        train_segmenter(corpus, out, config=_quick(fusion))
    return out


def _chosen(config: StageSettings) -> dict[str, Any] | str:
    """Settings that are not what training takes by itself."""
    return config.model_dump(mode="json", exclude_defaults=True) or "as it comes"


def _about(cases: Cases[Any], **more: Any) -> dict[str, Any]:
    counts = {"cases": len(cases), "groups": len(set(cases.groups))}
    return {"data version": cases.version, "split": cases.split, **counts, **more}
