"""`interpret_model`: every method on every part of a model; `interpret_subjects`, the same for modules of your own."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, TypeAlias

from lexiscope.core.errors import EvaluationError, LexiscopeError, ModelError, UsageError
from lexiscope.core.extras import need
from lexiscope.core.progress import Progress
from lexiscope.core.record import installed_versions
from lexiscope.corpus import Corpus
from lexiscope.interpret import METHODS, MOST_CASES
from lexiscope.interpret.adapters import ADAPTERS
from lexiscope.interpret.cached_subject import CachedSubject
from lexiscope.interpret.interpretation import Interpretation, InterpretedSubject, LeftOut
from lexiscope.interpret.learned_splits import parts_that_learned_from
from lexiscope.interpret.report.write import write_report
from lexiscope.interpret.result import Result
from lexiscope.interpret.some_cases import cases_named, spread_over_groups
from lexiscope.interpret.subject import AskedInTurn, Cases, Subject
from lexiscope.models.directory import ModelDirectory

Method: TypeAlias = Callable[..., Result]
Opened: TypeAlias = tuple[Subject, Cases[Any]]


def interpret_model(
    model: ModelDirectory | Path | str,
    corpus: Corpus | Path | str,
    *,
    split: str = "test",
    methods: Sequence[str] | None = None,
    parts: Sequence[str] | None = None,
    target: str | None = None,
    only: Sequence[str] | None = None,
    limit: int | None = None,
    out: Path | str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Interpretation:
    """Interpret every part of a model, or some, on one split of a corpus.

    No gate stands before it, since how a model uses its inputs may be asked of what it learned from, too; notes say
    where it did.

    Args:
        model: Model directory.
        corpus: Corpus directory.
        split: Split of the corpus, any name that it has.
        methods: Names in `METHODS`; all of them when None.
        parts: Names in `ADAPTERS`; all that the model has when None.
        target: What parts that can be asked for several things are asked for: the attribute of "classifier", the
            structure of "segmenter". When None, the attribute that sorts the cases best, and every structure.
        only: Ids of the cases of the split to interpret on; all of them when None.
        limit: Largest number of cases of each part, drawn over as many groups as there are; when None, 32, or all that
            `only` names, and 16 questions for an assistant.
        out: Folder for `report.html` and `report.json`, made when it is not there; None writes nothing.
        seed: Seed of everything that is drawn.
        progress: Called with what is done.

    Raises:
        UsageError: an unknown method, part or split, or a limit below 1.
        ModelError: the model has no part that can be interpreted, or none of those named for this target.
        EvaluationError: no method could be used on any part; the message holds the reasons.
        MissingExtraError: a report is wanted and matplotlib is not installed.
    """
    chosen, folder = _methods(methods), _folder(out)
    openers = ADAPTERS.load_all() if parts is None else {name: ADAPTERS.load(name) for name in parts}
    model, corpus = ModelDirectory.of(model), Corpus.of(corpus)
    _require_split(corpus, split)
    everything, left_out = _open(model, corpus, split, openers, target=target, only=only, limit=limit, seed=seed)
    named, without = _named(everything, only)
    limit = MOST_CASES if limit is None and only is None else limit
    opened = [(subject, spread_over_groups(cases, limit, seed=seed)) for subject, cases in named]
    about = {
        "model": str(model.path),
        "fingerprints": {name: model.fingerprint_of(name) for name in model.parts()},
        "corpus": str(corpus.path),
        "corpus_version": corpus.version,
        "split": split,
        "limit": limit,
    }
    notes = [_learned(part, split) for part in parts_that_learned_from(model, corpus, split)]
    made = _interpreted(opened, chosen, seed, progress)
    return _published(Interpretation(made, (*left_out, *without), notes, {**about, **_ran(seed)}), folder)


def interpret_subjects(
    subjects: Iterable[Opened],
    *,
    methods: Sequence[str] | None = None,
    out: Path | str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Interpretation:
    """Interpret models of your own, such as a `ModuleSubject`, each on its cases.

    Args:
        subjects: Subjects, each with the cases that it is interpreted on.
        methods: Names in `METHODS`; all of them when None.
        out: Folder for `report.html` and `report.json`, made when it is not there; None writes nothing.
        seed: Seed of everything that is drawn.
        progress: Called with what is done.

    Raises:
        UsageError: an unknown method.
        EvaluationError: no method could be used on any subject; the message holds the reasons.
        MissingExtraError: a report is wanted and matplotlib is not installed.
    """
    chosen, folder, opened = _methods(methods), _folder(out), list(subjects)
    made = _interpreted(opened, chosen, seed, progress)
    data = sorted({(cases.version, cases.split) for _, cases in opened})
    about = {"data": [{"version": version, "split": split} for version, split in data]}
    return _published(Interpretation(made, about={**about, **_ran(seed)}), folder)


def _methods(names: Sequence[str] | None) -> dict[str, Method]:
    if names is None:
        return METHODS.load_all()
    return {name: METHODS.load(name) for name in names}


def _folder(out: Path | str | None) -> Path | None:
    """Folder of the report, once it is sure that one can be drawn and lie there: before hours of work, not behind."""
    if out is None:
        return None
    need("matplotlib", extra="interpret")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise UsageError(
            f"a report is a folder with a page and its numbers, and {folder} is a file; name another place"
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _require_split(corpus: Corpus, split: str) -> None:
    if corpus.count(split):
        return
    names = sorted({row["split"] for row in corpus.rows(columns=["split"])} - {None})
    raise UsageError(
        f"no case is in split {split!r}. The corpus has: {', '.join(names) or 'no splits'}; name one of them, or split "
        f"it with: lexiscope corpus split {corpus.path}"
    )


def _open(
    model: ModelDirectory,
    corpus: Corpus,
    split: str,
    openers: Mapping[str, Callable[..., list[Opened]]],
    *,
    target: str | None,
    only: Sequence[str] | None,
    limit: int | None,
    seed: int,
) -> tuple[list[Opened], tuple[LeftOut, ...]]:
    """Subjects of every part that the model has; a part that cannot be opened costs no other."""
    opened: list[Opened] = []
    left_out = []
    for name, open_subjects in openers.items():
        taken = signature(open_subjects).parameters
        wanted = {"target": target, "only": only, "limit": limit}
        asked = {name: given for name, given in wanted.items() if given is not None and name in taken}
        try:
            opened += open_subjects(model, corpus, split, seed=seed, **asked)
        except LexiscopeError as error:
            left_out.append(LeftOut(name, str(error)))
    if opened:
        return opened, tuple(left_out)
    if left_out:
        raise ModelError(f"nothing of {model.path} can be interpreted: {_reasons(left_out)}")
    raise ModelError(
        f"expected a model with one of the parts {', '.join(openers)}, got {model.path} with "
        f"{', '.join(model.parts()) or 'none'}; make one with lexiscope train"
    )


def _named(everything: Sequence[Opened], only: Sequence[str] | None) -> tuple[list[Opened], list[LeftOut]]:
    """Subjects with the cases that are named; one that reads none of them is left out.

    Raises:
        UsageError: no subject reads any of them.
    """
    named: list[Opened] = []
    without: list[LeftOut] = []
    for subject, cases in everything:
        try:
            named.append((subject, cases_named(cases, only)))
        except UsageError as error:
            without.append(LeftOut(subject.name, str(error)))
    if not named and without:
        raise UsageError(without[0].reason)
    return named, without


def _interpreted(
    opened: Sequence[Opened], methods: Mapping[str, Method], seed: int, progress: Progress | None
) -> tuple[InterpretedSubject, ...]:
    made: list[InterpretedSubject] = []
    asked = [one.in_turn(cases) if isinstance(one, AskedInTurn) else one for one, cases in opened]
    for number, (subject, cases) in enumerate(opened):
        if progress is not None and len(opened) > 1:
            progress(number, len(opened), "subjects")
        cached = CachedSubject(subject, cases, asked=asked[number])
        made.append(_on_subject(subject, cases, cached, methods=methods, seed=seed, progress=progress))
    if not any(subject.results for subject in made):
        raise EvaluationError(
            f"no method could be used: {_reasons([one for subject in made for one in subject.left_out])}"
        )
    return tuple(made)


def _on_subject(
    subject: Subject,
    cases: Cases[Any],
    cached: CachedSubject,
    *,
    methods: Mapping[str, Method],
    seed: int,
    progress: Progress | None,
) -> InterpretedSubject:
    """Results of all methods; one that fails costs itself alone. Those that read other results come last."""
    results: list[Result] = []
    left_out = []
    for name in sorted(methods, key=lambda name: "results" in _taken(methods[name])):
        shared = {"cached": cached, "results": tuple(results)}
        given = {key: value for key, value in shared.items() if key in _taken(methods[name])}
        try:
            results.append(methods[name](subject, cases, seed=seed, progress=progress, **given))
        except LexiscopeError as error:
            left_out.append(LeftOut(name, str(error)))
    return InterpretedSubject(
        name=subject.name,
        fingerprint=subject.fingerprint,
        inputs=subject.inputs,
        fusion=subject.fusion,
        score=subject.score,
        cases=len(cases),
        groups=len(set(cases.groups)),
        results=tuple(results),
        left_out=tuple(left_out),
        meanings=getattr(subject, "meanings", {}),
        drawn=cases.drawn,
    )


def _taken(method: Method) -> Container[str]:
    """Names of what a method takes."""
    return signature(method).parameters


def _ran(seed: int) -> dict[str, Any]:
    return {"seed": seed, "versions": installed_versions()}


def _published(interpretation: Interpretation, folder: Path | None) -> Interpretation:
    if folder is not None:
        write_report(folder, interpretation)
    return interpretation


def _learned(part: str, split: str) -> str:
    return (
        f"the part {part} learned from the split {split!r}: what is said of it here is about cases that it knows, and "
        "may differ for others"
    )


def _reasons(left_out: Sequence[LeftOut]) -> str:
    return "; ".join(dict.fromkeys(f"{one.name}: {one.reason}" for one in left_out))
