"""`free_bytes`: memory that this process may still take, so that one input cannot end a run; `resident_bytes`."""

import re
from contextlib import suppress
from pathlib import Path

_UNKNOWN = 1 << 62
_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def free_bytes() -> int:
    """Bytes that are free on this machine and within the limits of this process; a huge number where nobody tells.

    Example:
        >>> free_bytes() > 0
        True
    """
    return max(0, min(_of_machine(), _of_container(), _of_process()))


def resident_bytes(pid: int) -> int:
    """Memory that a process holds; 0 where nobody tells, and of one that has ended."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0


def _of_machine() -> int:
    with suppress(OSError):
        match = re.search(r"MemAvailable:\s+(\d+) kB", _MEMINFO.read_text())
        return int(match[1]) * 1024 if match else _UNKNOWN
    return _UNKNOWN


def _of_container() -> int:
    with suppress(OSError, ValueError):  # "max" where there is no limit
        return int((_CGROUP / "memory.max").read_text()) - int((_CGROUP / "memory.current").read_text())
    return _UNKNOWN


def _of_process() -> int:
    """What is left of the address space that `ulimit -v` grants."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            return limit - int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return _UNKNOWN
