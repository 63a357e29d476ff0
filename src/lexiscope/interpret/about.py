"""`about`: what every result says of the model and the cases behind it."""

from typing import Any

from lexiscope.interpret.subject import Cases, Subject


def about(subject: Subject, cases: Cases[Any], *, seed: int, **more: Any) -> dict[str, Any]:
    """Model, data version, split, numbers of cases and groups, and seed; then choices of the method.

    Args:
        subject: Model that was interpreted.
        cases: Cases that it was interpreted on.
        seed: Seed of everything that was drawn.
        more: Choices of the method.
    """
    return {
        "model": subject.name,
        "fingerprint": subject.fingerprint,
        "data version": cases.version,
        "split": cases.split,
        "cases": len(cases),
        "groups": len(set(cases.groups)),
        "seed": seed,
        **({"drawn": cases.drawn} if cases.drawn else {}),
        **more,
    }
