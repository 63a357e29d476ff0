"""`Steps`: what a demo has done so far, told step by step."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from lexiscope.evaluate.report.page import Step

Say: TypeAlias = Callable[[str], None]
"""Called with one line for people."""


@dataclass
class RunningStep:
    """A step that goes on.

    Args:
        name: Name of the step.
        outcome: Result in one line; set when it is known.
    """

    name: str
    outcome: str = ""


@dataclass
class Steps:
    """Steps done so far, each told as it ends.

    Args:
        say: Called with one line after each step.
        done: Steps that ended.
    """

    say: Say | None = None
    done: list[Step] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds since the first step began."""
        return time.monotonic() - self._started

    @contextmanager
    def step(self, name: str) -> Iterator[RunningStep]:
        """Run the block as one step.

        Example:
            >>> steps = Steps()
            >>> with steps.step("Read") as step:
            ...     step.outcome = "40 cases"
            >>> steps.done[0].outcome
            '40 cases'
        """
        started, running = time.monotonic(), RunningStep(name)
        yield running
        ended = Step(name, running.outcome, time.monotonic() - started)
        self.done.append(ended)
        if self.say is not None:
            self.say(f"{ended.name:<9} {ended.outcome}  ({ended.seconds:.1f} s)")
