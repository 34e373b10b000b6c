// The panel "我的码": activation, the code itself, its renewal.
import { draw } from "./qr";
import { find, say, show } from "./page";
import { digits } from "./token";
import { activate, erase, load, Refusal, usable, Wallet } from "./wallet";

const RENEW_MS = 30_000;
const DAY_MS = 86_400_000;

let wallet: Wallet | undefined;
let drawnAt = 0;
let drawing = false;
let ticking = 0;
let lock: { release(): Promise<void> } | undefined;

/** Fill the panel for this phone; called each time it opens. */
export async function open(): Promise<void> {
  if (!usable()) {
    const insecure = window.isSecureContext === false;
    say(
      find("code-none"),
      insecure ? "这个网址不是 https，浏览器不给用钥匙。请用 https 地址打开。" : "这个浏览器太旧，存不了钥匙。请换浏览器，或直接使用，不登记也行。",
    );
    return;
  }
  try {
    wallet = await load();
    say(find("code-none"), "");
  } catch {
    say(find("code-none"), "浏览器不让网页存钥匙（可能是无痕模式）。请换普通模式，或直接使用。");
    return;
  }
  present();
}

/** Stop drawing: the panel was left or the phone turned away. */
export function close(): void {
  window.clearInterval(ticking);
  ticking = 0;
  drawnAt = 0;
  if (lock) lock.release().catch(() => undefined);
  lock = undefined;
}

function present(): void {
  const left = wallet ? wallet.expires - Date.now() : 0;
  const valid = left > 0;
  show(find("activate"), !valid);
  show(find("show"), valid);
  close();
  if (!wallet) return;
  if (!valid) {
    say(find("activation-error"), "原来的码到期了，请向站长要一个新激活码。");
    return;
  }
  say(find("late"), left < 3 * DAY_MS ? "码快到期了，请向站长要一个新激活码。" : "");
  find("until").textContent = `有效到 ${new Date(wallet.expires).toLocaleDateString("zh-CN", { month: "long", day: "numeric" })}`;
  tick();
  ticking = window.setInterval(tick, 1000);
  stayAwake();
}

function tick(): void {
  const now = Date.now();
  // A clock set back must not freeze the code.
  if (!drawing && (now - drawnAt >= RENEW_MS || now < drawnAt)) void redraw(now);
  countDown(now);
}

function countDown(now: number): void {
  const seconds = Math.max(0, Math.ceil((drawnAt + RENEW_MS - now) / 1000));
  find("turn").textContent = drawnAt ? `${seconds}秒后自动换新码` : "正在生成…";
}

async function redraw(now: number): Promise<void> {
  if (!wallet) return;
  drawing = true;
  try {
    const text = await digits(wallet, now);
    const canvas = find<HTMLCanvasElement>("qr");
    draw(canvas, text, Math.min(document.documentElement.clientWidth, window.innerHeight));
    drawnAt = now;
    countDown(Date.now());
    canvas.dataset["drawn"] = String(now);
  } catch {
    say(find("late"), "码没有画出来，请刷新页面。还不行就直接用，不登记也行。");
  } finally {
    drawing = false;
  }
}

function stayAwake(): void {
  const screen = (navigator as { wakeLock?: { request(kind: "screen"): Promise<{ release(): Promise<void> }> } }).wakeLock;
  // Not every browser has it, and a flat battery may refuse it: the code works without.
  if (screen) screen.request("screen").then((held) => (lock = held)).catch(() => undefined);
}

async function submit(event: Event): Promise<void> {
  event.preventDefault();
  const form = find<HTMLFormElement>("activate");
  const input = find<HTMLInputElement>("activation");
  const button = form.querySelector("button")!;
  const error = find("activation-error");
  const code = input.value.trim();
  if (!code) {
    refuse(input, error, "请先填激活码。");
    return;
  }
  button.disabled = true;
  button.textContent = "正在激活…";
  try {
    wallet = await activate(form.dataset["url"] || document.body.dataset["activate"]!, code);
    input.value = "";
    input.removeAttribute("aria-invalid");
    say(error, "");
    present();
  } catch (reason) {
    refuse(input, error, reason instanceof Refusal ? reason.message : "浏览器没能存下钥匙，请换普通模式再试。");
  } finally {
    button.disabled = false;
    button.textContent = "激活我的码";
  }
}

function refuse(input: HTMLInputElement, error: HTMLElement, sentence: string): void {
  input.setAttribute("aria-invalid", "true");
  say(error, sentence);
  input.focus();
}

export function prepare(): void {
  find("activate").addEventListener("submit", (event) => void submit(event));
  find("erase").addEventListener("click", () => {
    void erase().then(() => {
      wallet = undefined;
      present();
    });
  });
}
