"""`write_prompt`: the user's words to an assistant, alike in training and in use."""

from collections.abc import Sequence


def write_prompt(question: str, *, evidence: Sequence[str] = (), context: str | None = None) -> str:
    """A question with what may help to answer it.

    Args:
        question: The question to answer.
        evidence: Texts about similar cases, the most helpful first.
        context: Words about this case that are known beside the image.

    Example:
        >>> write_prompt("Is there a crack?", context="annealed at 600 C")
        'Known: annealed at 600 C\\nIs there a crack?'
    """
    lines = [f"Similar case: {text}" for text in evidence]
    if context:
        lines.append(f"Known: {context}")
    return "\n".join([*lines, question])
