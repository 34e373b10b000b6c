"""The committee's page in a real browser: desk, phone, paper."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import DESKTOP, PHONE, axe_violations, html_problems, visit
from tests.support.site import PASSWORD, Site


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login")
    page.fill("#login", "c1")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/c")


def choose(page: Page, back: int) -> str:
    """Choose a month so many months ago, as a person does; its name."""
    option = page.locator("#month option").nth(back)
    label = option.text_content() or ""
    page.select_option("#month", index=back)
    page.click("text=查看")
    expect(page.locator("h1")).to_contain_text(label)
    return label


def painted(page: Page) -> int:
    """How many different colours the chart has."""
    return int(
        page.evaluate(
            """() => {
              const canvas = document.querySelector('#chart canvas');
              const { width, height } = canvas;
              const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
              return new Set(new Uint32Array(pixels.buffer)).size;
            }"""
        )
    )


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_read_a_month(
    running: Site, browser: Browser, tmp_path: Path, size: tuple[int, int], scheme: str
) -> None:
    with visit(browser, size=size, color_scheme=scheme) as person:
        page = person.page
        sign_in(page, running)
        for back in (1, 4):
            choose(page, back)
            assert axe_violations(page) == []
            assert html_problems(page.request.get(page.url).text(), tmp_path) == []
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(wide) <= 0
        assert painted(page) > 3


def test_the_chart_follows_the_chosen_measure_and_its_numbers_stand_below(
    running: Site, browser: Browser
) -> None:
    with visit(browser, size=DESKTOP) as person:
        page = person.page
        sign_in(page, running)
        before = page.locator("#chart").screenshot()
        page.select_option("#measure", "charge_kwh")
        assert page.locator("#chart").screenshot() != before
        page.click("#numbers summary")
        rows = page.locator("#numbers tbody tr")
        expect(rows).to_have_count(13)
        expect(rows.nth(8).locator("td").first).to_have_text("—")
        expect(rows.nth(7).locator("td").first).to_have_text("1,235")


def test_a_place_is_looked_into_and_left_again(running: Site, browser: Browser) -> None:
    with visit(browser, size=DESKTOP) as person:
        page = person.page
        sign_in(page, running)
        month = choose(page, 1)
        page.click("table.tree >> text=舜师路站")
        expect(page.locator("#scope")).to_contain_text("舜师路站")
        expect(page.locator("h1")).to_contain_text(month)
        expect(page.locator(".tiles .value").first).to_contain_text("15*")
        page.click("text=看全县")
        expect(page.locator("#scope")).to_have_text("单县")


def test_headings_stay_in_sight_while_the_table_is_scrolled(
    running: Site, browser: Browser
) -> None:
    with visit(browser, size=PHONE) as person:
        page = person.page
        sign_in(page, running)
        table = page.locator("section.tall")
        table.evaluate("e => { e.scrollTop = 120; e.scrollLeft = 300; }")
        box = table.bounding_box()
        name = page.locator("table.tree tbody th").first.bounding_box()
        assert box is not None
        assert name is not None
        assert abs(name["x"] - box["x"]) < 3


def test_a_download_arrives_with_its_chinese_name(running: Site, browser: Browser) -> None:
    with visit(browser, size=DESKTOP) as person:
        page = person.page
        sign_in(page, running)
        month = choose(page, 1)
        with page.expect_download() as download:
            page.click("text=下载Excel")
        assert download.value.suggested_filename == (
            f"单县新就业群体服务站运行情况（{month}）.xlsx"
        )
        assert Path(download.value.path()).read_bytes()[:2] == b"PK"


def test_on_paper_it_is_a4_landscape_with_every_row(running: Site, browser: Browser) -> None:
    with visit(browser, size=DESKTOP) as person:
        page = person.page
        sign_in(page, running)
        choose(page, 1)
        pdf = page.pdf(prefer_css_page_size=True)
        assert b"/MediaBox [0 0 842" in pdf or b"/MediaBox [0 0 841" in pdf
        page.emulate_media(media="print")
        heights = page.locator("section.tall").evaluate("e => [e.scrollHeight, e.clientHeight]")
        assert heights[0] == heights[1]
        expect(page.locator("form.picker")).to_be_hidden()
