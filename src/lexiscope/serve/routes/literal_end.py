"""`LiteralEndRoute`: a route below ids that may hold slashes, which no id is mistaken for."""

from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope


class LiteralEndRoute(APIRoute):
    """Answers only addresses that end as they were sent in what follows the last value of its path.

    Ids of cases hold slashes: /cases/scan%2Fsimilar is the case "scan/similar", /cases/scan/similar are the cases
    similar to "scan", and /cases/scan%2Fsimilar/similar are those similar to "scan/similar".
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether it answers a request."""
        end = self.path_format.rpartition("}")[2]
        if not scope["raw_path"].endswith(end.encode()):
            return Match.NONE, {}
        return super().matches(scope)
