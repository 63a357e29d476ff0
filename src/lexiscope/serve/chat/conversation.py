"""`Conversation`: what is read of a chat: the question, what is known beside it, and what it is about.

- The question is the text of the last message of the user.
- What it is about are the images of that message. Where it has none, of the last one before it that has any, so that
  one can ask on. A line `case: ID` in a message of the user names a case of the corpus instead, and a line
  `modality: NAME` (or `NAME, NAME` for several images in their order) says what the images show.
- What the user wrote before is context: what is known about the case, in words. Instructions to the assistant and its
  own answers are not read: they say nothing that is known of the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lexiscope.core.errors import UsageError
from lexiscope.serve.chat.form import Message

_NAMES = ("case", "modality")  # what a line of its own may say
_CONTEXT = 4000  # characters, the newest
_QUESTION = 10_000  # characters; a language model reads no more


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is read of a chat.

    Args:
        question: The question in words.
        context: What the user wrote before; None when nothing.
        case: Id of a case that the question is about; None where it is about images.
        images: Data addresses of the images.
        modalities: What the images show, in their order; empty where nobody says.
    """

    question: str
    context: str | None = None
    case: str | None = None
    images: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """One message of the user."""

    text: str
    images: tuple[str, ...]
    named: dict[str, str]


def conversation_of(messages: Sequence[Message]) -> Conversation:
    r"""Read a chat.

    Raises:
        UsageError: no question, nothing that it is about, or a piece that is neither text nor image.

    Example:
        >>> conversation_of([Message(role="user", content="case: visit-7\nIs there a mass?")])
        Conversation(question='Is there a mass?', context=None, case='visit-7', images=(), modalities=())
    """
    said = [_said(message) for message in messages if message.role == "user"]
    if not said or not said[-1].text:
        msg = "expected a question as the last message of the user, got none"
        raise UsageError(f"{msg}; for example: Is there a mass?")
    if len(said[-1].text) > _QUESTION:
        msg = f"expected a question of at most {_QUESTION} characters, got {len(said[-1].text)}"
        raise UsageError(f"{msg}; ask in fewer words")
    subject = next((one for one in reversed(said) if one.images or "case" in one.named), None)
    if subject is None:
        msg = "expected an image or a line such as 'case: ID' in a message of the user, got neither"
        raise UsageError(f"{msg}; say what the question is about")
    context = "\n".join(one.text for one in said[:-1] if one.text)[-_CONTEXT:]
    modalities = next((one.named["modality"] for one in reversed(said) if "modality" in one.named), "")
    return Conversation(
        said[-1].text,
        context or None,
        None if subject.images else subject.named["case"],
        subject.images,
        tuple(filter(None, map(str.strip, modalities.split(",")))),
    )


def _said(message: Message) -> _Said:
    texts, images = [], []
    content = message.content or ""
    if isinstance(content, str):
        texts.append(content)
    for part in () if isinstance(content, str) else content:
        if part.type == "text" and part.text is not None:
            texts.append(part.text)
        elif part.type == "image_url" and part.image_url is not None:
            images.append(part.image_url.url)
        else:
            raise UsageError(f"expected pieces of the types text and image_url, got {part.type[:40]}; leave it out")
    lines, named = [], {}
    for line in "\n".join(texts).split("\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() in _NAMES and value.strip():
            named[name.strip().lower()] = value.strip()
        else:
            lines.append(line)
    return _Said("\n".join(lines).strip(), tuple(images), named)
