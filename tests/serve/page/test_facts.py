"""The corpus and the reports in Chromium: numbers, and where they lead."""

from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow
expect = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev").expect


def test_the_corpus_is_counted_and_a_count_leads_to_its_cases(look: Any, address: str) -> None:
    corpus = httpx.get(f"{address}/api/v1/corpus").json()
    modality, missing = next(iter(corpus["missing"].items()))
    page = look(f"{address}/corpus")
    panel = page.get_by_role("table").filter(has_text="Missing in")
    row = panel.get_by_role("row", name=modality)
    expect(row).to_contain_text(str(corpus["images"][modality]))
    row.get_by_role("link", name=str(missing), exact=True).click()
    expect(page.get_by_role("status")).to_have_text(f"{missing} case{'s' if missing > 1 else ''}")


def test_splits_are_audited_on_demand(look: Any, address: str) -> None:
    page = look(f"{address}/corpus")
    before = {"job": "00000000-aaaaaaaaaaaaaaaa"}  # of a server that has been started again since
    page.route("**/api/v1/corpus/audit", lambda route: route.fulfill(json=before))
    page.get_by_role("button", name="Audit the splits").click()
    expect(page.get_by_role("alert")).to_contain_text("ended with that server; ask for it again")
    page.unroute("**/api/v1/corpus/audit")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("✓ Passed")).to_be_visible()


def test_rejected_inputs_are_shown_with_their_remedies(look: Any, address: str) -> None:
    page = look(f"{address}/corpus")
    row = page.get_by_role("row", name="scans/p9.nii.gz")
    expect(row).to_contain_text("no NIfTI")
    expect(row).to_contain_text("copy it again")


def test_an_evaluation_shows_its_baselines_and_intervals(look: Any, address: str) -> None:
    page = look(f"{address}/reports")
    page.get_by_role("link", name="second").click()
    results = page.get_by_role("table").first
    expect(results.get_by_role("row", name="the model recall@1")).to_contain_text("0.700 to 0.900")
    ranks = results.get_by_role("row", name="the model median rank")
    expect(ranks.get_by_role("cell")).to_contain_text(["median rank", "5.5", "4.0 to 11.0", "10.5", "20", ""])
    expect(results.get_by_role("row", name="shuffled images")).to_contain_text("0.000 to 0.200")
    expect(page.get_by_text("better by 0.7")).to_be_visible()


def test_two_models_are_compared_side_by_side(look: Any, address: str) -> None:
    page = look(f"{address}/reports")
    page.get_by_role("checkbox", name="Compare first").check()
    page.get_by_role("checkbox", name="Compare outlines").check()
    expect(page.get_by_role("button", name="Compare two")).to_be_disabled()
    page.get_by_role("checkbox", name="Compare outlines").uncheck()
    page.get_by_role("checkbox", name="Compare second").check()
    page.get_by_role("button", name="Compare two").click()
    row = page.get_by_role("row", name="recall@1")
    expect(row).to_contain_text("+0.400")
    expect(row).to_contain_text("apart")


def test_an_interpretation_says_what_it_cannot_tell(look: Any, address: str) -> None:
    page = look(f"{address}/reports/why")
    expect(page.get_by_text("flair adds 0.25")).to_be_visible()
    expect(page.get_by_text("Anything else.")).to_be_visible()
    expect(page.get_by_text("4 of 9 cases were drawn")).to_be_visible()
    page.get_by_text("1 rows of numbers").click()
    expect(page.get_by_role("cell", name="0.250 (0.100 to 0.400, chance 0.000)")).to_be_visible()


def test_no_report_says_how_to_make_one(look: Any, many: str) -> None:
    page = look(f"{many}/reports")
    expect(page.get_by_role("heading", name="No report yet")).to_be_visible()
