"""`Tool`: something a chat client may ask for, with the form of its arguments."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from lexiscope.core.errors import UsageError
from lexiscope.serve.mcp.results import Answer


@dataclass(frozen=True, slots=True)
class Tool:
    """A read-only tool.

    Args:
        name: Its name; the verb of a task.
        description: What it gives, for the model that chooses among tools.
        arguments: Form of its arguments.
        answer: Answers checked arguments.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    answer: Callable[[Any], Awaitable[Answer]]

    def read(self, given: Mapping[str, Any]) -> BaseModel:
        """Arguments as they came, checked.

        Raises:
            UsageError: one is missing, unknown, or of another form.
        """
        try:
            return self.arguments.model_validate(dict(given))
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
            known = ", ".join(self.arguments.model_fields)
            raise UsageError(f"expected arguments of {self.name}, got {wrong}; its arguments are {known}") from error
