"""The keeper's page in a real browser: on a phone, on a desk, without network."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from server.storage.tables import Device, Station
from tests.support.browser import DESKTOP, PHONE, axe_violations, html_problems, visit
from tests.support.county import add_states
from tests.support.site import PASSWORD, Site


def sign_in(page: Page, site: Site, login: str) -> None:
    page.goto(f"{site.url}/login")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/k")


def overflows(page: Page) -> bool:
    """Whether the page can be pushed sideways."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_read_the_board(
    running: Site, browser: Browser, tmp_path: Path, size: tuple[int, int], scheme: str
) -> None:
    with running.writing() as session:
        session.execute(
            update(Device)
            .where(Device.station_no == 1, Device.device == "charger")
            .values(
                name="一楼东侧大厅靠窗第二排充电表（双路供电改造后）",
                condition="mute",
                detail="meter 2: no answer",
            )
        )
    with visit(browser, size=size, color_scheme=scheme) as person:
        sign_in(person.page, running, "k1")
        expect(person.page.locator(".advice").first).to_contain_text("没有回应，请检查电源和接线。")
        assert not overflows(person.page)
        assert axe_violations(person.page) == []
        html = person.page.request.get(f"{running.url}/k").text()
        assert html_problems(html, tmp_path) == []


def test_a_change_at_the_station_appears_by_itself(running: Site, browser: Browser) -> None:
    with running.live(), visit(browser) as person:
        with person.page.expect_response(lambda answer: "/live/ticket" in answer.url):
            sign_in(person.page, running, "k1")
        expect(person.page.locator("[data-device=charger] .chip").first).to_contain_text("空")
        with running.writing() as session:
            session.execute(
                update(Device)
                .where(Device.station_no == 1, Device.device == "scanner")
                .values(condition="unplugged", epoch=2, seq=9)
            )
            session.execute(update(Station).where(Station.no == 1).values(last_seen=_now()))
        expect(person.page.locator("li.advice[data-device=scanner]")).to_contain_text(
            "接口断开，请把扫码器的线插紧；骑手可按门口按键。", timeout=20_000
        )


def test_without_network_the_last_board_is_shown_with_its_age(
    running: Site, browser: Browser
) -> None:
    with visit(browser) as person:
        sign_in(person.page, running, "k1")
        person.page.wait_for_selector("body[data-kept]")
        person.offline_allowed = True
        person.context.set_offline(offline=True)
        person.page.reload()
        expect(person.page.locator("h1")).to_have_text("七里庄站")
        expect(person.page.locator("#offline")).to_contain_text("没有网络")
        expect(person.page.locator("[data-age]")).to_contain_text("更新")
        person.context.set_offline(offline=False)
        with running.writing() as session:
            add_states(session, 1)
            session.execute(
                update(Device)
                .where(Device.station_no == 1, Device.device == "rack")
                .values(condition="mute")
            )
        person.page.reload()
        expect(person.page.locator("li.advice[data-device=rack]")).to_contain_text("没有回应")
        expect(person.page.locator("#offline")).to_be_hidden()


def test_signing_out_leaves_nothing_on_the_phone(running: Site, browser: Browser) -> None:
    with visit(browser) as person:
        sign_in(person.page, running, "k1")
        person.page.wait_for_selector("body[data-kept]")
        person.page.click("form.who button")
        person.page.wait_for_url(lambda url: not url.endswith("/k"))
        kept = person.page.evaluate(
            "caches.open('keeper').then(c => c.keys()).then(k => k.map(r => r.url))"
        )
        assert kept == []


def _now() -> int:
    return time.time_ns() // 1_000_000
