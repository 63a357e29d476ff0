"""How well a model tells the values of an attribute, by prompts and by a probe, beside what needs no image."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from lexiscope.core.errors import EvaluationError
from lexiscope.corpus import Corpus
from lexiscope.evaluate.classify_baselines import baseline_chances
from lexiscope.evaluate.gate import leakage_gate
from lexiscope.evaluate.metrics.classification import (
    auc,
    balanced_accuracy,
    calibration_error,
    chance_calibration_error,
)
from lexiscope.evaluate.statistics import RESAMPLES, bootstrap_by_group
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.calibration import probabilities
from lexiscope.tasks.classify import probe, zero_shot
from lexiscope.tasks.learned import Labelled, LearningSet, Source, read_labelled, read_learning_set
from lexiscope.tasks.probe import Probe, few_shot
from lexiscope.tasks.readouts import Readouts
from lexiscope.tasks.target import Unstated

RULE = (
    "Probes are fitted on the cases learned from, their strength by grouped cross-validation there; temperatures on "
    "that corpus's split 'val'. Classes weigh the same. Near-duplicates of images learned from are left out when they "
    "are at most 5 % of the measured cases. Text that states the attribute reaches no classifier. "
    "Intervals: 95 % bootstrap over groups."
)
NEAR_SPARED = 0.05
SHOTS = (1, 5, 10)
_DRAWS = 5  # few-shot sets drawn for each number of shots
Progress = Callable[[int, int | None, str], None]
Metrics = dict[str, dict[str, float | None]]


def evaluate_classification(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    attribute: str,
    split: str = "test",
    fit_on: Corpus | Path | str | None = None,
    prompts: Mapping[str, Sequence[str]] | None = None,
    accept_leak: str | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure classification by prompts and by a probe on one split, with baselines and few-shot probes.

    Args:
        attribute: What to predict.
        split: Any split name of the corpus.
        fit_on: The corpus to learn from; what the model was trained on when None.
        prompts: Value -> wordings; see `tasks.prompts`.
        accept_leak: Why a leak between training and this split is acceptable; goes on and is printed with the numbers.
        seed: Of folds, draws and the bootstrap.

    Returns:
        JSON types: task, attribute, values, split, n, metrics, baselines, few_shot, texts, audit, and what is needed to
        repeat it. Each metric is {"value", "low", "high", "chance"}.

    Raises:
        EvaluationError: the split has no case with an image and the attribute.
        LeakageError: training or the fitting corpus shares what it must not share with the split.
        UsageError: an attribute that is no class.
        ModelError: the model has no joint space, or what it was trained on is gone.
    """
    model, corpus = ModelDirectory.of(model), Corpus.of(corpus)
    source = Source.of(model, fit_on)
    audits = {"audit": leakage_gate(model, corpus, split=split, accept_leak=accept_leak, near_spared=NEAR_SPARED)}
    if fit_on is not None:
        audits["fit_audit"] = leakage_gate(
            model,
            corpus,
            split=split,
            accept_leak=accept_leak,
            near_spared=NEAR_SPARED,
            learned_from=source.to_dict(),
        )
    readouts = Readouts(model.joint(), model.views())
    asked = Source(corpus, split)
    learned = read_learning_set(source, readouts, attribute=attribute, measured=asked, progress=progress)
    spared = {case for audit in audits.values() for case in audit.get("left_out_cases", ())}
    cases = [case for case in corpus.cases(split=split) if case.id not in spared]
    measured = read_labelled(learned.target, corpus, cases, readouts=readouts, progress=progress)
    if not len(measured.labels):
        msg = f"expected cases with an image and the attribute {attribute!r} in split {split!r}, found none"
        raise EvaluationError(f"{msg}; name another with --split")
    words = zero_shot(learned, readouts, prompts=prompts)
    fitted = probe(learned, seed=seed)
    measure = _Measure(measured, seed, resamples)
    by_words = probabilities(words.logits(measured.embeddings), temperature=words.temperature)
    baselines = baseline_chances(learned, measured, readouts=readouts, prompts=words, fitted=fitted, seed=seed)
    texts = [passage for case in measured.cases for passage in case.texts]
    allowed = sum(len(Unstated.of(learned.target, case).passages) for case in measured.cases)
    return {
        "task": "classify",
        "attribute": attribute,
        "values": list(learned.target.values),
        "split": split,
        "n": len(measured.cases),
        "groups": len(set(measured.groups)),
        "metrics": measure.prompts(by_words) | measure.probe(_chances(fitted, measured)),
        "baselines": {
            name: (measure.prompts(found.prompts) if found.prompts is not None else {}) | measure.probe(found.probe)
            for name, found in baselines.items()
        },
        "few_shot": _few_shots(learned, measure),
        "wordings": {value: list(said) for value, said in words.wordings.items()},
        "probe": {
            "C": fitted.strength,
            "log_likelihood": {str(c): score for c, score in fitted.scores.items()},
            "temperature": fitted.temperature,
        },
        "texts": {"passages": len(texts), "held_back": len(texts) - allowed},
        "fitted_on": {
            **source.to_dict(),
            "n": len(learned.fit.labels),
            "calibrated_on": len(learned.calibration.labels),
        },
        **audits,
        "rule": RULE,
        "corpus": corpus.version,
        "model": model.fingerprint,
        "seed": seed,
        "resamples": resamples,
    }


@dataclass(frozen=True, slots=True)
class _Measure:
    measured: Labelled
    seed: int
    resamples: int

    def prompts(self, chances: Float[np.ndarray, "n k"]) -> Metrics:
        return {"zero_shot_balanced_accuracy": self.accuracy([chances])}

    def probe(self, chances: Float[np.ndarray, "n k"]) -> Metrics:
        by_luck = chance_calibration_error(chances, self.measured.labels, seed=self.seed)
        return {
            "probe_balanced_accuracy": self.accuracy([chances]),
            "auc": self._estimate(auc, [chances], chance=0.5),
            "ece": self._estimate(calibration_error, [chances], chance=by_luck),
        }

    def accuracy(self, draws: Sequence[Float[np.ndarray, "n k"]]) -> dict[str, float | None]:
        """Mean over the draws, which see the same resampled groups."""
        return self._estimate(balanced_accuracy, draws, chance=1 / len(np.unique(self.measured.labels)))

    def _estimate(
        self, metric: Callable[[np.ndarray, np.ndarray], float], draws: Sequence[np.ndarray], *, chance: float
    ) -> dict[str, float | None]:
        labels = self.measured.labels

        def statistic(rows: np.ndarray) -> float:
            return float(np.mean([metric(chances[rows], labels[rows]) for chances in draws]))

        found = bootstrap_by_group(
            np.arange(len(labels)),
            self.measured.groups,
            chance=chance,
            statistic=statistic,
            seed=self.seed,
            resamples=self.resamples,
        )
        return found.to_dict()


def _few_shots(learned: LearningSet, measure: _Measure) -> dict[str, Any]:
    """Shots -> balanced accuracy, the mean over draws; only as many shots as every class has."""
    found = {}
    for shots in SHOTS:
        if few_shot(learned.fit.labels, learned.fit.groups, shots=shots, seed=measure.seed) is None:
            break
        seeds = range(measure.seed, measure.seed + _DRAWS)
        draws = [_chances(probe(learned, shots=shots, seed=seed), measure.measured) for seed in seeds]
        found[str(shots)] = {**measure.accuracy(draws), "draws": _DRAWS}
    return found


def _chances(fitted: Probe, measured: Labelled) -> Float[np.ndarray, "n k"]:
    return probabilities(fitted.logits(measured.features), temperature=fitted.temperature)
