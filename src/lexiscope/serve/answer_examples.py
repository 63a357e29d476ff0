"""`ANSWER_EXAMPLES`: what a model of the demo said, in the form of the API; the OpenAPI document shows it."""

from typing import Any

_LICENCE = "Apache-2.0 (simulation); ICBM 152 template (C) 1993-2009 Louis Collins, MNI: free to use, copy and modify"
_MASS = "In the left frontal lobe one large mass, 46 mm, with perifocal oedema and mass effect."
_SHOWN = {"image": "3cfabac7c1d926a5031ee5b9fdcbf4cd3be4120d48d783a7c2d0f273d7ef4f8e", "licence": _LICENCE}
_NEIGHBOUR = {"case": "sim-00104-2", "group": "sim-00104", "score": 0.6896, "text": _MASS, "region": None}
_LIKE_TRAINING = {"score": 1.1237, "p_value": 0.1154, "groups": 12, "warning": None}


def _answer(task: str, case: str, value: Any, score: float, *evidence: dict[str, Any], **more: Any) -> dict[str, Any]:
    known = {"task": task, "case": case, "value": value, "score": score, "uncertainty": None}
    return {**known, "evidence": list(evidence), "out_of_distribution": None, **more}


ANSWER_EXAMPLES: dict[str, dict[str, Any]] = {
    "search": _answer(
        "search",
        "lesion in the left frontal lobe",
        [
            {
                "case": "sim-00104-2",
                "score": 0.7222,
                "group": "sim-00104",
                "text": _MASS,
                **_SHOWN,
                "matched": {"image": 0.3397, "wording": 0.8798, "exact words": 5.9843},
                "untrained": None,
            }
        ],
        0.7222,
        {**_NEIGHBOUR, "score": 0.7222, "details": {**_SHOWN, "cosine": 0.3397, "wording": 0.8798, "bm25": 5.9843}},
    ),
    "answer": _answer(
        "answer",
        "sim-00001-1",
        {"question": "Is there a lesion?", "answer": "Yes", "abstained": True, "read_from_context": False},
        0.497,
        {
            **_NEIGHBOUR,
            "score": 0.7651,
            "text": "Can you see a lesion here? Yes",
            "region": [4, 78, 23, 14, 103, 48],
            "details": {
                **_SHOWN,
                "image_cosine": 0.6896,
                "text_cosine": 0.8742,
                "rerank": 0.7651,
                "structure": "lesion",
            },
        },
        uncertainty=0.503,
        out_of_distribution=_LIKE_TRAINING,
    ),
    "segment": _answer(
        "segment",
        "sim-00001-1",
        {
            "masks": [
                {
                    "sentence": "Segment the bright lesion.",
                    "structure": "lesion",
                    "file": "/api/v1/results/H0CT7eGt9E4ot17t/sim-00001-1-lesion.nii.gz",
                    "voxels": 3678,
                    "present": True,
                    "score": 0.7923,
                    "distance": 0.2346,
                    "volume_ml": 73.56,
                    "diameters": [71.69, 52.28],
                    "unit": "mm",
                    "side": "left",
                }
            ],
            "notes": ["the volume was read slice by slice, 23 of them: the segmenter learned from planes"],
        },
        0.7923,
        out_of_distribution={**_LIKE_TRAINING, "score": 1.5463, "p_value": 0.1795},
    ),
    "classify": _answer(
        "classify",
        "sim-00001-1",
        {
            "label": "female",
            "probabilities": {"female": 0.5198, "male": 0.4802},
            "attribute": "sex",
            "method": "probe",
            "conformal": {"labels": ["female", "male"], "coverage": 0.9, "held_back": True, "risk": 0.1, "groups": 12},
        },
        0.5198,
        {**_NEIGHBOUR, "text": None, "details": {**_SHOWN, "image_cosine": 0.6896, "label": "female"}},
        uncertainty=0.9989,
        out_of_distribution=_LIKE_TRAINING,
    ),
    "caption": _answer(
        "caption",
        "sim-00001-1",
        {
            "caption": "Kind: mass with oedema; side: possibly left.",
            "writer": "composed",
            "abstained": False,
            "clauses": [
                {
                    "text": "kind: mass with oedema",
                    "attribute": "kind",
                    "value": "mass with oedema",
                    "probability": 0.908,
                    "sure": True,
                    "cases": ["sim-00104-2"],
                },
                {
                    "text": "side: possibly left",
                    "attribute": "side",
                    "value": "left",
                    "probability": 0.5161,
                    "sure": False,
                    "cases": ["sim-00104-2"],
                },
            ],
        },
        0.7121,
        {
            **_NEIGHBOUR,
            "details": {
                **_SHOWN,
                "image_cosine": 0.6896,
                "attributes": {"kind": "mass with oedema", "side": "left"},
            },
        },
    ),
}
"""Name of a task -> an answer."""
