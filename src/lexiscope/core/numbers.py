"""Numbers as they are printed, wherever that is."""


def number(value: float) -> str:
    """Format a score with the digits that matter.

    Example:
        >>> number(0.5414), number(12.34), number(128.4)
        ('0.541', '12.3', '128')
    """
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
