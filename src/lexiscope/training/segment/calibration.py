"""`calibrate`: the threshold of each structure's mask and the gate of its presence, chosen on held-out cases."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lexiscope.core.case import Case
from lexiscope.core.progress import Progress
from lexiscope.features.kept_token_maps import KeptTokenMaps
from lexiscope.models.segmenter.segmenter import Segmenter
from lexiscope.models.segmenter.windows import presence_score, segment_case
from lexiscope.training.segment.prompts import Prompts
from lexiscope.training.segment.validation import dice
from lexiscope.views.case_store import CaseStore

_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
_LOST = 0.01  # DSC that the gate may cost
_FOREIGN = 4  # structures of other examinations that each case is asked for


@dataclass(frozen=True, slots=True)
class Gate:
    """What was chosen for a structure.

    Args:
        threshold: Probability from which a voxel belongs to the structure.
        presence: Score below which a case's mask is emptied.
    """

    threshold: float = 0.5
    presence: float = 0.0


@dataclass
class _Seen:
    """Results for one structure at each threshold: DSC and score of cases that have it, scores where it is absent."""

    dsc: list[list[float]] = field(default_factory=list)
    there: list[list[float]] = field(default_factory=list)
    absent: list[list[float]] = field(default_factory=list)


def calibrate(
    segmenter: Segmenter,
    cases: Sequence[Case],
    store: CaseStore,
    maps: KeptTokenMaps,
    prompts: Prompts,
    *,
    window: Sequence[int],
    mirrors: Sequence[int],
    seed: int,
    progress: Progress | None = None,
) -> dict[str, Gate]:
    """The threshold of the best mean DSC; then, of the gates that cost at most 0.01 of it, the one that lets the fewest
    absent structures pass, the lowest of several.

    Structures of other examinations count for each structure of the corpus.

    Args:
        segmenter: Trained segmenter; it is set to eval mode.
        cases: Held-out cases with masks.
        store: Prepared cases.
        maps: What a frozen tower says of them.
        prompts: Sentences of the training.
        window: Sides of a window.
        mirrors: Axes to average mirrored copies along (`segment_case`).
        seed: Seed of the foreign structures that are asked for.
        progress: Called with the cases asked so far.
    """
    segmenter.eval()
    rng = np.random.default_rng(seed)
    names = tuple(prompts.names)
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for number, case in enumerate(cases, start=1):
        prepared = store.get(case, names)
        asked = list(prepared.masks)
        foreign = rng.choice(prompts.foreign, size=_FOREIGN, replace=False).tolist()
        numbers = [*(prompts.names[name][0] for name in asked), *foreign]
        vectors, told = prompts.vectors[numbers], maps.of(case)
        read = segment_case(segmenter, prepared.images, vectors, window=window, maps=told, mirrors=mirrors)
        for place, presence in enumerate(read.presence.tolist()):
            probability = read.probability(place).numpy()
            scores = [presence_score(probability, probability > cut, presence) for cut in _THRESHOLDS]
            if place >= len(asked):
                for name in names:
                    seen[name].absent.append(scores)
            elif prepared.masks[asked[place]].any():
                truth = np.asarray(prepared.masks[asked[place]])
                seen[asked[place]].dsc.append([dice(probability > cut, truth) for cut in _THRESHOLDS])
                seen[asked[place]].there.append(scores)
            else:
                seen[asked[place]].absent.append(scores)
        if progress:
            progress(number, len(cases), "held-out cases to choose thresholds on")
    return {name: _gate(seen[name]) if seen[name].dsc else Gate() for name in names}


def _gate(seen: _Seen) -> Gate:
    dsc = np.array(seen.dsc)
    best = int(dsc.mean(axis=0).argmax())
    there, kept = np.array(seen.there)[:, best], dsc[:, best]
    absent = np.array(seen.absent)[:, best] if seen.absent else np.zeros(0)
    gates = np.unique(np.concatenate([[0.0], absent + 1e-6]))
    lost = np.array([kept[there < gate].sum() / len(kept) for gate in gates])
    passing = np.array([float((absent >= gate).mean()) if len(absent) else 0.0 for gate in gates])
    allowed = np.flatnonzero(lost <= _LOST)
    return Gate(_THRESHOLDS[best], float(gates[allowed[passing[allowed].argmin()]]))
