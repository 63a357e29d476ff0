"""Numbers as they are printed, wherever that is, and the ranges of those that users give."""

LARGEST_SEED = 2**63 - 1  # what every generator of random numbers takes
MOST_RESULTS = 1_000_000


def number(value: float) -> str:
    """Format a score with the digits that matter.

    Example:
        >>> number(0.5414), number(12.34), number(128.4)
        ('0.541', '12.3', '128')
    """
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
