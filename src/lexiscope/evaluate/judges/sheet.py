"""Judging by hand: a CSV file with one answer a line, in an order that says nothing, and its scores read back."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lexiscope.core.errors import EvaluationError
from lexiscope.core.files import write_beside
from lexiscope.core.progress import Progress
from lexiscope.evaluate.judges.judge import FEATURES, JudgedAnswer, JudgeScore

COLUMNS = ("id", "image", "question", "context", "reference", "answer", "quality", "features", "remark")
_NOT_ASKED = "-"  # stands under "features" where the question asks for none
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # a spreadsheet would compute what begins so
_SHOWN = 5  # bad lines in a message


def write_sheet(path: Path, answers: Sequence[JudgedAnswer], *, images: Mapping[str, str], seed: int = 0) -> int:
    """Write answers to be scored: quality 0 to 100, features 1 to 4. The order is the seed's; nobody is named.

    Args:
        path: CSV file to write.
        answers: Answers to be scored.
        images: Case -> where its image lies.
        seed: Seed of the order.

    Returns:
        Lines written; the same answer to the same question stands there once.
    """
    distinct = {judged.key: judged for judged in answers}
    order = sorted(distinct, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())
    with write_beside(path) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for key in order:
            one = distinct[key]
            words = (one.question, one.context or "", one.reference, one.answer)
            features = "" if one.features else _NOT_ASKED
            writer.writerow((key, *map(_inert, (images.get(one.case, ""), *words)), "", features, ""))
    return len(order)


@dataclass(frozen=True)
class SheetJudge:
    """Scores of a sheet that somebody filled. Use `read_sheet`."""

    given: Mapping[str, JudgeScore]
    name: str = "sheet"
    author: str | None = None
    draws: int = 0
    limit: int = 120

    def scores(self, answers: Sequence[JudgedAnswer], *, progress: Progress | None = None) -> list[JudgeScore | None]:  # noqa: ARG002 - nothing to wait for
        """Score of each; None for those that nobody scored."""
        return [self.given.get(judged.key) for judged in answers]


def read_sheet(path: Path, answers: Sequence[JudgedAnswer]) -> SheetJudge:
    """Read a filled sheet; lines without a quality count as not judged.

    Args:
        path: CSV file that somebody filled.
        answers: Answers that the sheet should be about.

    Raises:
        EvaluationError: no such file, other columns, or lines that cannot be used; each is named with the reason.
    """
    by_key = {judged.key: judged for judged in answers}
    given: dict[str, JudgeScore] = {}
    faults = []
    for line, row in _lines(path):
        try:
            key, score = _score(row, by_key)
            if key in given:
                raise ValueError(f"id {key} stands there twice")
        except ValueError as error:
            faults.append(f"line {line}: {error}")
            continue
        if score is not None:
            given[key] = score
    if faults:
        more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise EvaluationError(
            f"{path.name} has lines that cannot be used: {'; '.join(faults[:_SHOWN])}{more}; fix them"
        )
    if not given:
        raise EvaluationError(f"expected scores in {path.name}, found none; fill the column quality with 0 to 100")
    return SheetJudge(given)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in ("id", "quality", "features") if name not in (reader.fieldnames or ())]
            if missing:
                msg = f"expected the columns {', '.join(COLUMNS)} in {path.name}, got none named {missing[0]!r}"
                raise EvaluationError(f"{msg}; write a sheet with --sheet-out and fill that one")
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"expected a CSV file in UTF-8 at {path}: {error}"
        raise EvaluationError(f"{msg}; write one with --sheet-out, fill it, and save it as CSV in UTF-8") from error


def _score(row: Mapping[str, str | None], by_key: Mapping[str, JudgedAnswer]) -> tuple[str, JudgeScore | None]:
    key, quality = (row["id"] or "").strip(), (row["quality"] or "").strip()
    if key not in by_key:
        raise ValueError(f"id {key!r} belongs to no answer of this model and these questions")
    if not quality:
        return key, None
    points = _number(quality, "quality must be 0 to 100")
    if not 0 <= points <= 100:
        raise ValueError(f"quality must be 0 to 100, got {quality}")
    return key, JudgeScore(points, _features(row) if by_key[key].features else None)


def _features(row: Mapping[str, str | None]) -> int | None:
    text = (row["features"] or "").strip()
    if not text:
        return None
    score = _number(text, "features must be 1, 2, 3 or 4")
    if score not in FEATURES:
        raise ValueError(f"features must be 1, 2, 3 or 4, got {text}")
    return int(score)


def _number(text: str, rule: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise ValueError(f"{rule}, got {text!r}") from error


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
