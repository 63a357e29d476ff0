"""What a desk opens: what visitors ask for, and what who runs the server chose."""

from pathlib import Path

from lexiscope.serve.workers.call import Call, Opening
from lexiscope.serve.workers.desk import Desk


def test_searches_go_to_the_index_server_that_was_chosen(tmp_path: Path) -> None:
    opening = Opening(tmp_path, None, warm=False, index_url="http://index.example:6333")
    assert Opening.of_json(opening.to_json()) == opening
    (answer,) = Desk(opening).answer([Call("predict", "search", request={"query": "a mass"})])
    assert "--url http://index.example:6333" in str(answer)
