"""`caption_model`: what writes the captions of a model: as training left it or, without an assistant, fitted here."""

from pathlib import Path

from lexiscope.answering.examples import CAPTION, find_described_cases
from lexiscope.answering.fit_captions import CaptionExamples, fit_captions
from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.models.assistant.captions import DECODER, NEAREST, CaptionChoice, CaptionModel
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.attributes import AttributePredictor, TokenScale
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.training_part import training_part

_PLAN = TokenPlan(side=2, slices=1)


def caption_model(
    model: ModelDirectory, learned_from: Corpus | Path | str | None = None, *, progress: Progress | None = None
) -> CaptionModel:
    """What writes the captions of a model.

    A model from before writers were chosen decodes. One without an assistant is fitted to the cases that it learned
    from: their attributes, or their captions; nothing of that is written down.

    Args:
        model: The model.
        learned_from: Corpus to learn from without an assistant, in place of the one the model was trained on.
        progress: Called while images are seen.

    Raises:
        ModelError: nothing to describe with; the message holds the command that makes an assistant.
        UsageError: an assistant that learned neither captions nor attributes.
    """
    if not model.has("assistant"):
        fitted = _fitted(model, learned_from, progress)
        return fitted or model.load("assistant")  # whose error holds the command
    captions = model.captions()
    if captions is not None:
        return captions
    examples: dict[str, int] = model.record("assistant")["result"]["examples"]
    if not examples.get(CAPTION):
        msg = f"expected an assistant that was trained on captions, {model.path} was trained on {', '.join(examples)}"
        raise UsageError(f"{msg}; train it on a corpus with captions: lexiscope write captions, then train instruct")
    return CaptionModel(CaptionChoice((DECODER, NEAREST)), AttributePredictor(TokenScale({}, {})), _PLAN)


def _fitted(
    model: ModelDirectory, learned_from: Corpus | Path | str | None, progress: Progress | None
) -> CaptionModel | None:
    """What can be learned from cases with attributes or captions; None where there is nothing of the kind."""
    if learned_from is None and model.record().get("trained_on") is None:
        return None
    part, views = training_part(model, learned_from), model.views()
    learned = [case for case in part.cases() if views.keys() & case.images.keys()]
    held_out = () if part.held_out is None else part.held_out.cases()
    described, weighed = (find_described_cases(cases, modalities=list(views)) for cases in (learned, held_out))
    examples = CaptionExamples(model.joint(), part.corpus, views, _PLAN, learned, described, weighed, 0, progress)
    fitted = fit_captions(examples) if learned else None
    return fitted if fitted is not None and fitted.predictor.attributes else None
