"""`ChatRequest`: the body of a chat completion, as far as it is read; what else clients send changes nothing."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


class ImageUrl(BaseModel):
    """An image as data."""

    url: Annotated[str, Field(description="data:image/png;base64,...", examples=["data:image/png;base64,iVBORw0KGgo="])]


class Part(BaseModel):
    """A piece of a message."""

    type: Annotated[str, Field(description="text or image_url")]
    text: str | None = None
    image_url: ImageUrl | None = None

    @field_validator("image_url", mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        """Some clients give the address alone."""
        return {"url": value} if isinstance(value, str) else value


class Message(BaseModel):
    """One message."""

    role: Role
    content: str | list[Part] | None = None


class StreamOptions(BaseModel):
    """What a stream holds beside the answer."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """A conversation, whose last message of the user is the question."""

    model: Annotated[str, Field(description="Name of a served model.", examples=["brain-model"])]
    messages: Annotated[list[Message], Field(min_length=1, max_length=1000)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, Field(ge=1, le=1, description="One answer; there are no others to draw.")] = None
