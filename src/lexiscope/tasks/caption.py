"""`caption`: a sentence about an image, with the cases that were described alike."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32

from lexiscope.answering.examples import CAPTION, DESCRIBE, InstructionExample, find_instruction_examples
from lexiscope.answering.retrieval import question_vectors
from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.prediction import Evidence, Prediction
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.corpus.part import CorpusPart
from lexiscope.features.token_store import tokens_of_batch
from lexiscope.features.vectors import case_vectors
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.image_tokens import ImageTokens, with_questions
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.joint import JointSpace
from lexiscope.tasks.inputs import Input, read_input
from lexiscope.tasks.training_part import training_part


def caption(
    model: ModelDirectory | Path | str,
    asked: Path | str,
    *,
    corpus: Corpus | Path | str | None = None,
    learned_from: Corpus | Path | str | None = None,
    modality: str | None = None,
    k: int = 3,
    max_tokens: int = 96,
    progress: Progress | None = None,
) -> list[Prediction]:
    """Write a caption for an image.

    Args:
        asked: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        learned_from: The corpus that evidence comes from; what the assistant was taught on when None.
        modality: What an image file or a DICOM series shows, when the model reads several modalities.
        k: Nearest described cases to give as evidence; never one of the case's own group.
        max_tokens: Longest caption.

    Returns:
        One Prediction. Its value is the caption; its score the mean probability of its words (geometric); its evidence
        the nearest cases of those learned from, with their cosines and captions.

    Raises:
        UsageError: an input that fits no modality, or an assistant that was taught no captions.
        SourceError: an image file that cannot be read.
        ModelError: no assistant, or what it was taught on is gone; a verb that predicts never trains.
    """
    model = ModelDirectory.of(model)
    assistant, joint = captioner(model), model.joint()
    given = read_input(asked, views=model.views(), corpus=corpus, modality=modality)
    seen = tokens_of_batch(assistant.image_encoder(joint.image), given.images, plan=assistant.plan)
    words, score = describe(assistant, joint, seen, max_tokens)[0]
    there = given.images.to(joint.device)
    vector = joint.embed_images(there.images, there.present)[0].detach().float().cpu().numpy()
    evidence = _nearest(model, joint, vector, given, learned_from=learned_from, k=k, progress=progress) if k else ()
    return [Prediction("caption", str(asked), words, score=score, evidence=evidence)]


def captioner(model: ModelDirectory) -> Assistant:
    """The model's assistant, ready to describe.

    Raises:
        ModelError: there is none; the message holds the command that makes it.
        UsageError: it was taught no captions.
    """
    model.part("joint")  # what comes first is named first
    lessons = model.record("assistant")["result"]["lessons"]
    if not lessons.get(CAPTION):
        msg = f"expected an assistant that was taught captions, {model.path} was taught {', '.join(lessons)}"
        raise UsageError(f"{msg}; teach it on a corpus with captions: lexiscope write captions, then train instruct")
    return model.assistant().merge_for_inference()


def describe(assistant: Assistant, joint: JointSpace, seen: ImageTokens, max_tokens: int) -> list[tuple[str, float]]:
    """A caption for each case that is seen, and the geometric mean of its words' probabilities."""
    n = len(next(iter(seen.present.values())))
    asked = with_questions(seen, torch.from_numpy(question_vectors(joint, [DESCRIBE] * n)))
    said = assistant.generate(asked.to(assistant.device), [write_prompt(DESCRIBE)] * n, max_tokens=max_tokens)
    return [(one.text, float(np.exp(one.log_likelihood / max(1, one.tokens)))) for one in said]


def taught_captions(model: ModelDirectory, cases: Iterable[Case]) -> list[InstructionExample]:
    """The captions of cases, chosen as those that the assistant was taught."""
    columns = model.record("assistant")["config"]["text_columns"]
    found = find_instruction_examples(cases, modalities=list(model.views()), columns=columns)
    return [example for example in found if example.kind == CAPTION]


def _nearest(
    model: ModelDirectory,
    joint: JointSpace,
    vector: Float32[np.ndarray, " d"],
    given: Input,
    *,
    learned_from: Corpus | Path | str | None,
    k: int,
    progress: Progress | None,
) -> tuple[Evidence, ...]:
    """The first caption of each of the nearest cases."""
    source = training_part(model, learned_from, part="assistant")
    own = given.own_groups(source)
    lessons = taught_captions(model, source.corpus.cases(source.split))
    described = {example.case.id: example for example in reversed(lessons) if example.case.group not in own}
    found = list(described.values())[::-1]
    cases = [example.case for example in found]
    cosines = case_vectors(joint, source.corpus, cases, views=model.views(), progress=progress) @ vector
    nearest = np.argsort(-cosines, kind="stable")[:k]
    return tuple(_evidence(source, found[row], float(cosines[row])) for row in nearest)


def _evidence(source: CorpusPart, example: InstructionExample, cosine: float) -> Evidence:
    case = example.case
    picture = str(source.corpus.object_path(case.images[min(case.images)]))
    details = {"path": picture, "licence": case.provenance.licence}
    return Evidence(case.id, case.group, cosine, text=example.answer, details=details)
