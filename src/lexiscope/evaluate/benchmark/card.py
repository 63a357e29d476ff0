"""`data_card`: what a reader must know about a benchmark, as Markdown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from lexiscope.core.case import Case
from lexiscope.core.markdown import escape
from lexiscope.evaluate.benchmark.spec import Benchmark, BenchmarkTask

_NOT_SHOWN = """## What it does not show

- Nothing about materials, scanners or papers unlike these. Groups are few, so read the intervals.
- Turns written by rules or by a language model repeat what texts say; an error there is an error here. Have a part
  judged by hand: `lexiscope evaluate assistant MODEL CORPUS --sheet-out FILE.csv`.
- No number compares with GlassLLaVA's (https://arxiv.org/abs/2309.12460): its questions, rubrics and images are not
  public.
- Models that lexiscope trained on these cases are refused; of others, ask who trained them."""


def data_card(benchmark: Benchmark, cases: Sequence[Case]) -> str:
    """The README of a benchmark directory; the same benchmark has the same card."""
    sections = [
        "# A benchmark of image interpretation",
        "Questions about images with reference answers, from one lab's own corpus. **Research use only, not for "
        "diagnosis.**",
        f"Hash `{benchmark.hash}`, over questions, texts, images, words and rules: two scores compare only where it is "
        "the same.\n\n    lexiscope benchmark run DIRECTORY MODEL --json",
        _holds(benchmark, cases),
        _made(benchmark),
        _NOT_SHOWN,
    ]
    return "\n\n".join(sections) + "\n"


def _holds(benchmark: Benchmark, cases: Sequence[Case]) -> str:
    task, turns = benchmark.task, [turn for case in cases for turn in case.turns]
    sizes = Counter(case.group for case in cases)
    tables = {
        ("turns by kind and level", "turns"): _counted(f"{turn.kind}, {turn.level}" for turn in turns),
        ("turns by author", "turns"): benchmark.authors,
        ("cases in a group", "groups"): _counted(sizes.values()),  # no names: a group may be a patient
        ("images by modality", "images"): _counted(name for case in cases for name in case.images),
        ("cases by licence", "cases"): _counted(case.provenance.licence for case in cases),
    }
    opening = f"{len(cases)} cases of {len(sizes)} groups (papers, patients or specimens), {len(turns)} turns"
    if task.options.get("limit"):
        opening += f", of which at most {task.options['limit']} are asked"
    if task.contexts:
        opening += f", each at the levels of context {', '.join(task.contexts)}"
    return "\n\n".join(["## What is in it", f"{opening}.", *(_table(head, rows) for head, rows in tables.items())])


def _made(benchmark: Benchmark) -> str:
    task, made = benchmark.task, benchmark.made_from
    return (
        f"## How it was made\n\nFrom split '{escape(made['split'])}' of the corpus of version `{made['corpus']}`; its "
        f"groups are in no other split. Left out: {made['left_out_cases']} cases whose image another split holds, and "
        f"every case without an image{' or without a turn' * bool(task.contexts)}. It is measured by `lexiscope "
        f"evaluate {task.evaluation}`.{_judged(task)}"
    )


def _judged(task: BenchmarkTask) -> str:
    if "judge" not in task.options:
        return ""
    return (
        " Contexts leave out the sentences that an answer rests on, and others that name the same things. The judge is "
        f"'{escape(task.options['judge'])}', a rubric of lexiscope's own, with the lexicon in `words/`. "
        f"{len(task.options['wordings'])} wordings of the instruction are in `benchmark.yaml`."
    )


def _counted(names: Iterable[str | int]) -> dict[str, int]:
    return {str(name): count for name, count in sorted(Counter(names).items())}


def _table(head: tuple[str, str], rows: Mapping[str, int]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    return "\n".join([*lines, *(f"| {escape(name)} | {count} |" for name, count in rows.items())])
