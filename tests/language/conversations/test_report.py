"""Reports say to a person what was written, refused, left out and spent."""

from lexiscope.language.conversations.report import ConversationReport

_COUNTS = {"cases": 2, "turns": 5, "updated": 1, "silent": 0, "corpus": "ab12"}


def test_the_least_is_one_line():
    assert ConversationReport("me", **_COUNTS).lines() == ["5 turns about 2 cases (1 changed); corpus ab12"]


def test_everything_that_there_is_to_say():
    report = ConversationReport(
        "me",
        **{**_COUNTS, "silent": 3},
        without_text=1,
        kinds={"closed": 3, "open": 2},
        rejected={"duplicate": 4},
        failed={"a": "first", "b": "server gone"},
        usage={"completions": 3, "prompt_tokens": 70, "cost": 0.5},
    )
    assert report.lines()[1:] == [
        "kinds of turns: closed 3, open 2",
        "refused turns: duplicate 4",
        "1 turns rest on attributes or masks that no text states, and have no evidence",
        "3 cases have nothing that can be asked about",
        "completions 3, prompt tokens 70, cost 0.5",
        "2 cases got no answer and stay as they were; run again. The last: server gone",
    ]
    assert report.to_dict()["failed"] == {"a": "first", "b": "server gone"}
