"""`CaseCost`: processor time and memory of one case; `measured_cost` measures them."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_RESET = Path("/proc/self/clear_refs")  # Linux: "5" lets the peak begin again at what is held now
_STATUS = Path("/proc/self/status")


@dataclass
class CaseCost:
    """Cost of segmenting one case.

    Args:
        processor_seconds: Of all threads together.
        peak_memory_mb: Largest memory of the process meanwhile; where a system cannot tell, since it began.
        sentences: Sentences that were asked.
    """

    processor_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    sentences: int = 0


@contextmanager
def measured_cost(*, sentences: int) -> Iterator[CaseCost]:
    """Measure what happens inside.

    Example:
        >>> with measured_cost(sentences=1) as cost:
        ...     _ = sum(range(1000))
        >>> cost.peak_memory_mb > 1, cost.sentences
        (True, 1)
    """
    cost = CaseCost(sentences=sentences)
    with suppress(OSError):
        _RESET.write_text("5")
    started = time.process_time()
    yield cost
    cost.processor_seconds = time.process_time() - started
    cost.peak_memory_mb = _peak_kb() / 1024


def _peak_kb() -> float:
    with suppress(OSError, ValueError, StopIteration):
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return float(line.split()[1])
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
