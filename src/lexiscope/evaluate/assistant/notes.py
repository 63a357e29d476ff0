"""Notes on the scores of an assistant, in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from lexiscope.core.numbers import number
from lexiscope.evaluate.report.tables import interval


def assistant_notes(sections: Mapping[str, Any]) -> list[str]:
    """Write sentences about judges, baselines that were left out, wordings and the sheet.

    Args:
        sections: Sections of the report.
    """
    return [f"judged by {sections['judge']}", *_judges(sections), *_asked(sections)]


def _judges(sections: Mapping[str, Any]) -> Iterator[str]:
    for name, found in sections["judges"].items():
        if found["not_judged"]:
            yield f"{name} judged {found['judged']} answers and gave no usable score for {found['not_judged']}"
    for pair in sections["agreement"]:
        yield f"agreement of {' and '.join(pair['judges'])}: " + ", ".join(
            f"{name.replace('_', ' ')} {number(found.value)} ({interval(found)}, n {found.n})"
            for name, found in pair.items()
            if name != "judges"
        )


def _asked(sections: Mapping[str, Any]) -> Iterator[str]:
    for name, reason in sections["left_out_baselines"].items():
        yield f"{name.replace('_', ' ')} left out: {reason}"
    if sections["wordings"]:
        variants = sections["wordings"]
        own = variants["models"]["assistant"]
        spread = ", ".join(f"{name} {number(value)}" for name, value in own["stability"].items())
        count = len(variants["instructions"])
        accuracy = number(own["accuracy"])
        yield f"over {count} wordings of yes-or-no questions: accuracy {accuracy}; spread {spread}"
    if sections["sheet_lines"] is not None:
        yield f"{sections['sheet_lines']} answers to be judged by hand were written; read them back with --sheet"
    if sections["contexts_shortened"]:
        yield f"{sections['contexts_shortened']} contexts were longer than the language model reads, and shortened"
    yield f"{sections['turns']} of {sections['of_turns']} turns at {len(sections['contexts'])} levels of context"
