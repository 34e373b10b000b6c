"""The board as a rider sees it: first load, live changes, offline, order, other states."""

import time
from collections import Counter

import pytest
from playwright.sync_api import Browser, Page, expect

from server.storage.tables import Station
from tests.support.browser import DESKTOP, PHONE, axe_violations, html_problems, visit
from tests.support.site import Site, add_station, put_states

LIMIT_BYTES = 20_000
LONG_NAME = "开发区新就业群体友好综合服务中心暨党群服务中心驿站"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def seed(site: Site, stations: int = 4) -> None:
    """yz-001 all well, yz-002 silent and long of name, yz-003 closed, yz-004 used up."""
    now = now_ms()
    minute = (now // 60_000 + 480) % 1440
    with site.writing() as session:
        add_station(session, 1, name="七里庄站", now=now, latitude=34.80)
        add_station(session, 2, name=LONG_NAME, now=now - 3_600_000, latitude=34.81)
        closed = (minute + 120) % 1440
        add_station(
            session,
            3,
            name="北城站",
            now=now,
            latitude=34.82,
            opens=min(closed, 1439),
            closes=min(closed + 1, 1440),
        )
        add_station(session, 4, name="学府站", now=now, latitude=34.83)
        for no in range(5, stations + 1):
            add_station(session, no, name=f"演示{no}站", now=now, latitude=34.8 + no / 97)
            free = [(no * unit) % 3 for unit in range(1, 5)]
            put_states(session, no, "charger", "port_state", free, at=now)
            put_states(session, no, "water", "temp_mc", [40_000 + no * 2_111], at=now)
            slots = [(no + unit) % 2 for unit in range(8)]
            put_states(session, no, "rack", "slot_state", slots, at=now)
        put_states(session, 1, "charger", "port_state", [1, 2, 1, 1], at=now)
        put_states(session, 1, "water", "temp_mc", [91_000], at=now)
        put_states(session, 1, "rack", "slot_state", [1, 1, 1, 1, 1, 0, 0, 0], at=now)
        put_states(session, 4, "charger", "port_state", [2, 2, 2, 2], at=now)
        put_states(session, 4, "water", "temp_mc", [50_000], at=now)
        put_states(session, 4, "rack", "slot_state", [0] * 8, at=now)


def names(page: Page) -> list[str]:
    return page.locator(".stations .name").all_inner_texts()


def card(page: Page, station: str) -> list[str]:
    return page.locator(f"li[data-id={station}] .badge").all_inner_texts()


def test_every_station_says_what_works_and_unknown_is_not_zero(
    browser: Browser, served: Site
) -> None:
    seed(served)
    with visit(browser) as person:
        page = person.page
        page.goto(f"{served.url}/r")
        assert card(page, "yz-001") == ["现在开放", "热水有", "充电空3个", "雨伞5把"]
        assert card(page, "yz-002") == ["现在开放", "热水未知", "充电未知", "雨伞未知"]
        assert card(page, "yz-003")[0] == "未开放"
        assert card(page, "yz-004") == ["现在开放", "热水在烧", "充电口满", "雨伞借完"]
        expect(page.locator("li[data-id=yz-002] .age")).to_have_text("1小时前的数据")
        page.locator("li[data-id=yz-003] summary").click()
        expect(page.locator("li[data-id=yz-003]")).to_contain_text("现在开着的最近一站")


def test_first_load_is_at_most_twenty_kilobytes_on_the_wire(browser: Browser, served: Site) -> None:
    seed(served, stations=24)
    with visit(browser) as person:
        devtools = person.context.new_cdp_session(person.page)
        devtools.send("Network.enable")
        paths: dict[str, str] = {}
        weights: Counter[str] = Counter()

        def named(event: dict[str, object]) -> None:
            request = event["request"]
            assert isinstance(request, dict)
            paths[str(event["requestId"])] = str(request["url"]).removeprefix(served.url)

        def weighed(event: dict[str, object]) -> None:
            weights[paths[str(event["requestId"])]] += int(float(str(event["encodedDataLength"])))

        devtools.on("Network.requestWillBeSent", named)
        devtools.on("Network.loadingFinished", weighed)
        person.page.goto(f"{served.url}/r")
        # A headless browser fetches neither icon nor manifest by itself; a phone does.
        for link in ("icon", "manifest"):
            person.page.evaluate(
                "rel => fetch(document.querySelector(`link[rel=${rel}]`).href).then(r => r.text())",
                link,
            )
        person.page.wait_for_function("true")
        kinds = {path.split("?")[0].rsplit(".", 1)[-1] for path in weights}
        assert {"/r", "css", "js", "svg", "webmanifest"} <= kinds
        assert weights.total() <= LIMIT_BYTES, weights


def test_change_shows_without_touching_the_page(browser: Browser, served: Site) -> None:
    seed(served)
    with visit(browser) as person:
        page = person.page
        with page.expect_response("**/live/stations") as opening:
            page.goto(f"{served.url}/r")
        assert opening.value.headers["content-type"].startswith("text/event-stream")
        assert "充电空3个" in card(page, "yz-001")
        later = now_ms()
        with served.writing() as session:
            put_states(session, 1, "charger", "port_state", [2, 2, 2, 1], at=later, seq=9)
            session.get_one(Station, 1).last_seen = later
        expect(page.locator("li[data-id=yz-001]")).to_contain_text("充电空1个")


def test_without_a_live_stream_the_page_asks_every_half_minute(
    browser: Browser, served: Site
) -> None:
    seed(served)
    with visit(browser) as person:
        page = person.page
        page.clock.install()
        page.route("**/live/stations", lambda route: route.abort())
        page.goto(f"{served.url}/r")
        with served.writing() as session:
            put_states(session, 1, "charger", "port_state", [2, 2, 2, 2], at=now_ms(), seq=9)
        page.clock.run_for(31_000)
        expect(page.locator("li[data-id=yz-001]")).to_contain_text("充电口满")


def test_page_opens_without_network_and_says_how_old_it_is(browser: Browser, served: Site) -> None:
    seed(served)
    with visit(browser) as person:
        page = person.page
        page.clock.install()
        page.goto(f"{served.url}/r")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        person.go_offline()
        page.clock.fast_forward(12 * 60_000)
        page.reload()
        expect(page.locator("#link")).to_have_text("离线 · 12分钟前的数据")
        assert "七里庄站" in names(page)
        expect(page.locator("li[data-id=yz-001] .age")).to_have_text("12分钟前的数据")
        person.context.set_offline(offline=False)
        expect(page.locator("#link")).to_be_hidden(timeout=20_000)


def test_phone_with_a_wrong_clock_is_told(browser: Browser, served: Site) -> None:
    seed(served)
    with visit(browser) as person:
        page = person.page
        page.clock.install(time=(now_ms() + 10 * 60_000) / 1000)
        page.goto(f"{served.url}/r")
        expect(page.locator("#clock")).to_have_text("手机时间不准，码可能不认。请打开自动校时。")


def test_nearest_first_only_when_asked_and_the_position_is_not_sent(
    browser: Browser, served: Site
) -> None:
    seed(served)
    place = {"latitude": 34.8301, "longitude": 116.08}
    with (
        visit(browser, geolocation=place, permissions=["geolocation"]) as person,
    ):
        page = person.page
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url + str(request.post_data or "")))
        page.goto(f"{served.url}/r")
        by_name = names(page)
        page.get_by_role("button", name="按距离排").click()
        expect(page.locator("#near-note")).to_have_text("已按直线距离排好，位置没有上传。")
        assert names(page) == ["学府站", "北城站", LONG_NAME, "七里庄站"]
        assert names(page) != by_name
        expect(page.locator("li[data-id=yz-001] .far")).to_have_text("约3.4公里")
        assert not [url for url in sent if "34.83" in url or "116.08" in url]
        assert person.context.cookies() == []


def test_station_looked_at_last_comes_first_next_time(browser: Browser, served: Site) -> None:
    seed(served)
    with visit(browser) as person:
        page = person.page
        page.goto(f"{served.url}/r")
        assert names(page)[0] != "学府站"
        page.locator("li[data-id=yz-004] summary").click()
        expect(page.locator("li[data-id=yz-004] details")).to_have_attribute("open", "")
        page.reload()
        assert names(page)[0] == "学府站"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_page_has_nothing_axe_or_the_html_standard_complains_of(
    browser: Browser, served: Site, size: tuple[int, int]
) -> None:
    seed(served)
    with visit(browser, size=size) as person:
        page = person.page
        answer = page.goto(f"{served.url}/r")
        assert answer is not None
        assert html_problems(answer.text(), served.folder) == []
        assert axe_violations(page) == []
        for panel in ("出示我的码", "不登记也能用"):
            page.get_by_role("link", name=panel).click()
            expect(page.locator(".panel:target")).to_be_focused()
            assert axe_violations(page) == []
            page.locator(".panel:target").get_by_role("link", name="返回").click()
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0


def test_both_ways_are_equally_large_and_easy_to_hit(browser: Browser, served: Site) -> None:
    with visit(browser, size=(320, 568)) as person:
        page = person.page
        page.goto(f"{served.url}/r")
        boxes = [
            page.get_by_role("link", name=name).bounding_box()
            for name in ("出示我的码", "不登记也能用")
        ]
        assert boxes[0] is not None
        assert boxes[1] is not None
        assert boxes[0]["width"] == boxes[1]["width"]
        assert boxes[0]["height"] == boxes[1]["height"] >= 60
        expect(page.get_by_text("还没有站点")).to_be_visible()


def test_anonymous_panel_opens_without_scripts(browser: Browser, served: Site) -> None:
    seed(served)
    with visit(browser, java_script_enabled=False) as person:
        page = person.page
        page.goto(f"{served.url}/r")
        assert "七里庄站" in names(page)
        page.get_by_role("link", name="不登记也能用").click()
        expect(page.get_by_text("不用扫码")).to_be_visible()
        expect(page.get_by_text("七里庄站")).to_be_hidden()
        page.goto(f"{served.url}/r#code")
        page.reload()
        expect(page.get_by_text("脚本没有运行")).to_be_visible()
