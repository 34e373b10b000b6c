"""The rider's code on a real phone browser: activation once, then a code without any network."""

import io
import time

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from protocol.credential import Algorithm, Token, from_digits, parse_token, verify
from server.services import keys
from tests.support.browser import axe_violations, visit
from tests.support.site import Site, add_station

_NO_ED25519 = """
const generateKey = crypto.subtle.generateKey.bind(crypto.subtle);
crypto.subtle.generateKey = (how, ...rest) =>
  how.name === "Ed25519"
    ? Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"))
    : generateKey(how, ...rest);
"""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def activate(page: Page, site: Site) -> None:
    page.get_by_role("link", name="出示我的码").click()
    page.get_by_label("激活码").fill(site.activation_code(now_ms()))
    page.get_by_role("button", name="激活我的码").click()
    expect(page.locator("#qr[data-drawn]")).to_be_visible()


def scanned(page: Page) -> Token:
    """The code on the screen as a scanner reads it, with both signatures checked."""
    picture = Image.open(io.BytesIO(page.locator("#qr").screenshot()))
    codes = zxingcpp.read_barcodes(picture)
    assert [code.format for code in codes] == [zxingcpp.BarcodeFormat.QRCode]
    assert codes[0].ec_level == "M"
    return parse_token(from_digits(codes[0].text))


def wait_for_worker(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.P256])
def test_code_is_drawn_and_verifies_with_the_network_gone(
    browser: Browser, served: Site, algorithm: Algorithm
) -> None:
    with visit(browser) as person:
        page = person.page
        if algorithm is Algorithm.P256:
            page.add_init_script(_NO_ED25519)
        page.goto(f"{served.url}/r")
        activate(page, served)
        wait_for_worker(page)
        person.go_offline()
        began = int(time.time())
        page.reload()
        expect(page.locator("#qr[data-drawn]")).to_be_visible()
        expect(page.locator("#turn")).to_contain_text("秒后自动换新码")
        token = scanned(page)
        assert token.certificate.algorithm is algorithm
        verify(token, keys.public_keys(served.folder / "keys"))
        assert began <= token.ts <= int(time.time())


def test_code_renews_itself_every_half_minute(browser: Browser, served: Site) -> None:
    with visit(browser) as person:
        page = person.page
        page.clock.install()
        page.goto(f"{served.url}/r")
        activate(page, served)
        first = scanned(page)
        drawn = page.locator("#qr").get_attribute("data-drawn")
        page.clock.fast_forward(31_000)
        expect(page.locator("#qr")).not_to_have_attribute("data-drawn", drawn or "")
        second = scanned(page)
        assert second.certificate == first.certificate
        assert second.ts - first.ts >= 30
        verify(second, keys.public_keys(served.folder / "keys"))


def test_wrong_code_is_told_in_a_sentence_and_may_be_corrected(
    browser: Browser, served: Site
) -> None:
    with visit(browser) as person:
        person.refusal_allowed = True
        page = person.page
        page.goto(f"{served.url}/r#code")
        page.get_by_role("button", name="激活我的码").click()
        error = page.locator("#activation-error")
        expect(error).to_have_text("请先填激活码。")
        page.get_by_label("激活码").fill("0000000000")
        page.get_by_role("button", name="激活我的码").click()
        expect(error).to_have_text("激活码不对或已用过，请核对后再试。")
        expect(page.get_by_label("激活码")).to_be_focused()
        assert axe_violations(page) == []
        activate_again = served.activation_code(now_ms())
        page.get_by_label("激活码").fill(activate_again.lower())
        page.get_by_role("button", name="激活我的码").click()
        expect(page.locator("#qr[data-drawn]")).to_be_visible()
        expect(error).to_be_hidden()


def test_code_stays_black_on_white_in_the_dark_with_modules_of_three_pixels_or_more(
    browser: Browser, served: Site
) -> None:
    with (
        visit(browser, size=(320, 568), color_scheme="dark", device_scale_factor=2) as person,
    ):
        page = person.page
        page.goto(f"{served.url}/r")
        activate(page, served)
        picture = Image.open(io.BytesIO(page.locator("#qr").screenshot())).convert("RGB")
        # The outermost pixels may lie on the page's own colour.
        colours = picture.crop((2, 2, picture.width - 2, picture.height - 2)).getcolors(10)
        assert colours is not None
        assert {colour for _, colour in colours} == {(0, 0, 0), (255, 255, 255)}
        box = page.locator("#qr").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert box["width"] / 61 >= 3  # 53 modules and the quiet zone of version 9
        assert scanned(page).certificate.algorithm is Algorithm.ED25519


def test_private_key_cannot_be_read_out(browser: Browser, served: Site) -> None:
    with visit(browser) as person:
        page = person.page
        page.goto(f"{served.url}/r")
        activate(page, served)
        kept = page.evaluate(
            """() => new Promise((done) => {
              const opening = indexedDB.open("qinlin", 1);
              opening.onsuccess = () => {
                const box = opening.result.transaction("wallet").objectStore("wallet");
                const reading = box.get("code");
                reading.onsuccess = () => crypto.subtle
                  .exportKey("pkcs8", reading.result.key)
                  .then(() => "readable", (reason) => reason.name)
                  .then((word) => done([reading.result.key.extractable, word]));
              };
            })"""
        )
        assert kept == [False, "InvalidAccessError"]


def test_erasing_the_code_asks_for_a_new_activation(browser: Browser, served: Site) -> None:
    with visit(browser) as person:
        page = person.page
        page.goto(f"{served.url}/r")
        activate(page, served)
        page.get_by_text("换手机或不用了").click()
        page.get_by_role("button", name="删除这台手机上的码").click()
        expect(page.get_by_label("激活码")).to_be_visible()
        page.reload()
        expect(page.get_by_label("激活码")).to_be_visible()
        expect(page.locator("#show")).to_be_hidden()


def test_expired_certificate_asks_for_a_new_code(browser: Browser, served: Site) -> None:
    with visit(browser) as person:
        page = person.page
        page.clock.install()
        page.goto(f"{served.url}/r")
        activate(page, served)
        page.clock.set_fixed_time(now_ms() + 31 * 86_400_000)
        page.goto(f"{served.url}/r")
        page.get_by_role("link", name="出示我的码").click()
        expect(page.locator("#activation-error")).to_have_text(
            "原来的码到期了，请向站长要一个新激活码。"
        )


def test_browser_without_web_crypto_is_told_and_the_rest_works(
    browser: Browser, served: Site
) -> None:
    with served.writing() as session:
        add_station(session, 1, name="七里庄站", now=now_ms())
    with visit(browser) as person:
        page = person.page
        page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
        page.goto(f"{served.url}/r")
        expect(page.get_by_text("七里庄站")).to_be_visible()
        page.get_by_role("link", name="出示我的码").click()
        expect(page.locator("#code-none")).to_contain_text("存不了钥匙")
        expect(page.locator("#activate")).to_be_hidden()
