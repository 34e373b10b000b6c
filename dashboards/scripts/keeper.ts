// Keeps the keeper's board fresh, says how old it is, and shows what was seen last without network.
import { ticketAddress, watch } from "./live";
import { registerWorker } from "./worker";

const MINUTE_MS = 60_000;
const TICK_MS = 10_000;
const SKEW = "keeper-clock-skew";

const board = document.getElementById("board");
const offline = document.getElementById("offline");
const url = document.body.dataset.board;

/** The server's time by this phone's clock, whose error was learnt while online. */
function serverNow(): number {
  return Date.now() - Number(read(SKEW) || 0);
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is off in some private windows
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then the phone's own clock has to do.
  }
}

function ageWords(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / MINUTE_MS);
  if (minutes < 1) return "刚刚更新";
  if (minutes < 60) return `${minutes}分钟前的数据`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}小时前的数据`;
  return `${Math.floor(minutes / (24 * 60))}天前的数据`;
}

function station(): HTMLElement | null {
  return board && board.querySelector<HTMLElement>("[data-now]");
}

function tell(): void {
  const place = station();
  const age = place && place.querySelector("[data-age]");
  if (place && age && place.dataset.seen) {
    age.textContent = ageWords(serverNow() - Number(place.dataset.seen));
  }
}

function setOffline(is: boolean): void {
  if (!offline || !board) return;
  board.classList.toggle("stale", is);
  offline.hidden = !is;
  const place = station();
  const taken = place ? serverNow() - Number(place.dataset.now) : 0;
  const words = taken < MINUTE_MS ? "刚才" : ageWords(taken).replace("的数据", "");
  if (is) offline.textContent = `没有网络，下面是${words}的样子；联网后自动更新。`;
}

async function refresh(): Promise<void> {
  if (!board || !url) return;
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (answer.redirected) {
      location.reload(); // signed out: the server shows the way
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const cached = answer.headers.has("X-From-Cache");
    const text = await answer.text();
    if (text !== board.innerHTML) board.innerHTML = text;
    const place = station();
    if (!cached && place) keep(SKEW, String(Date.now() - Number(place.dataset.now)));
    setOffline(cached);
  } catch {
    setOffline(true);
  }
  tell();
}

/** The page that installed the worker was not seen by it: show it once more what to keep. */
async function warm(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) {
    await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  }
  const assets = Array.from(document.querySelectorAll<HTMLLinkElement | HTMLScriptElement>("link[href], script[src]"));
  const addresses = assets.map((e) => (e instanceof HTMLLinkElement ? e.href : e.src));
  await Promise.all([location.pathname, ...addresses].map((a) => fetch(a)));
  await refresh();
  document.body.dataset.kept = "yes";
}

registerWorker();
warm().catch(() => undefined);
if (Math.abs(serverNow() - Number((station() || { dataset: { now: 0 } }).dataset.now)) > MINUTE_MS) void refresh();
window.setInterval(tell, TICK_MS);
window.addEventListener("offline", () => setOffline(true));
watch(ticketAddress, () => void refresh());
