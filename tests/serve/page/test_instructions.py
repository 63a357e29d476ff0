"""The history of instructions in Chromium, beside the instructions of a case."""

from dataclasses import replace
from typing import Any

import pytest

from lexiscope.corpus import Corpus

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect


def test_a_case_shows_who_wrote_its_instructions_when_and_what_is_in_force(
    look: Any, serve_corpus: Any, serious_faults: Any, instructed: Corpus
) -> None:
    with serve_corpus(instructed) as address:
        page = look(f"{address}/case/case-0000")
        texts = page.get_by_role("region", name="Texts")
        fold = texts.get_by_text("History of the instructions (2)")
        fold.focus()
        page.keyboard.press("Enter")
        versions = texts.get_by_role("list", name="History of the instructions").get_by_role("listitem")
        expect(versions).to_have_count(2)
        newest, oldest = versions.all()
        expect(newest).to_contain_text("spot in force")
        expect(newest).to_contain_text("The <b>bright</b> spot.")  # as text, not as HTML
        expect(newest).to_contain_text("by human (Ann)")
        expect(newest).to_contain_text("correction 1, before: The spot on the left.")
        expect(oldest).to_contain_text("spot earlier")
        expect(oldest).to_contain_text("by measured (version ab12ab12), written from ")
        assert serious_faults(page, "case") == {}
        page.goto(f"{address}/case/case-0001")
        page.wait_for_load_state("networkidle")
        expect(page.get_by_text("History of the instructions")).to_have_count(0)


def test_a_case_whose_id_ends_as_a_route_does_is_shown(look: Any, serve_corpus: Any, instructed: Corpus) -> None:
    instructed.upsert([replace(instructed["case-0000"], id="case-0000/instructions")])
    with serve_corpus(Corpus.open(instructed.path)) as address:
        page = look(f"{address}/case/case-0000%2Finstructions")
        expect(page.get_by_role("heading", name="case-0000/instructions")).to_be_visible()
        expect(page.get_by_text("History of the instructions (1)")).to_be_visible()
