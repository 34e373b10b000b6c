// The board of stations: kept fresh, ordered on this phone, honest about its age.
import { find, say, show } from "./page";

const MINUTE_MS = 60_000;
/** A page older than this when it opens came from a cache, or the phone's clock is off. */
const FRESH_MS = 45_000;
const CLOCK_MS = 120_000;
const LAST = "last-station";

interface Place {
  latitude: number;
  longitude: number;
}

let place: Place | undefined;
/** Server's time less the phone's, ms; measured with each fresh answer. */
let offset = 0;

const holder = (): HTMLElement => find("stations");
const items = (): HTMLElement[] => Array.from(holder().querySelectorAll<HTMLElement>("li[data-id]"));
const takenAt = (): number => {
  const list = holder().querySelector<HTMLElement>("[data-at]");
  return list ? Number(list.dataset["at"]) : Date.now() + offset;
};

/** How old data of `seen` (UTC ms) is, in the words the server uses. */
export function ageWords(seen: number, now: number): string {
  const minutes = Math.floor(Math.max(0, now - seen) / MINUTE_MS);
  if (minutes < 1) return "刚刚更新";
  if (minutes < 60) return `${minutes}分钟前的数据`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}小时前的数据`;
  return `${Math.floor(minutes / (24 * 60))}天前的数据`;
}

/** Fetch the board and put it in place; without network keep what is there and say so. */
export async function refresh(): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(document.body.dataset["stations"]!, { credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
  } catch {
    offline();
    return;
  }
  const html = await answer.text();
  replace(html);
  if (answer.headers.get("X-From-Cache")) {
    offline();
    return;
  }
  const date = Date.parse(answer.headers.get("Date") || "");
  if (date) offset = date - Date.now();
  say(find("clock"), Math.abs(offset) > CLOCK_MS ? "手机时间不准，码可能不认。请打开自动校时。" : "");
  say(find("link"), "");
  ages();
}

function offline(): void {
  say(find("link"), `离线 · ${ageWords(takenAt(), Date.now() + offset)}`);
  ages();
}

function replace(html: string): void {
  const open = new Set(items().filter((li) => li.querySelector("details[open]")).map((li) => li.dataset["id"]));
  const active = document.activeElement && document.activeElement.closest<HTMLElement>("li[data-id]");
  const focused = active ? active.dataset["id"] : undefined;
  holder().innerHTML = html;
  for (const li of items()) {
    if (open.has(li.dataset["id"])) li.querySelector("details")!.open = true;
  }
  order();
  const again = items().find((li) => li.dataset["id"] === focused);
  if (again) again.querySelector<HTMLElement>("summary")!.focus();
}

function ages(): void {
  const now = Date.now() + offset;
  for (const age of Array.from(holder().querySelectorAll<HTMLElement>("[data-seen]"))) {
    const words = ageWords(Number(age.dataset["seen"]), now);
    if (age.textContent !== words) age.textContent = words;
  }
}

/** Nearest first once the rider asked for it; else the station opened last, then as sent. */
function order(): void {
  const last = remembered();
  const all = items();
  const key = (li: HTMLElement): number => (place ? metres(li, place) : li.dataset["id"] === last ? 0 : 1);
  const sorted = all.map((li, i) => ({ li, i, k: key(li) })).sort((a, b) => a.k - b.k || a.i - b.i);
  for (const { li, k } of sorted) {
    li.parentNode!.appendChild(li);
    li.classList.toggle("last", li.dataset["id"] === last);
    const far = li.querySelector<HTMLElement>(".far")!;
    say(far, place ? distanceWords(k) : "");
  }
}

function metres(li: HTMLElement, from: Place): number {
  const latitude = Number(li.dataset["lat"]);
  const north = (latitude - from.latitude) * 111_320;
  const east = (Number(li.dataset["lon"]) - from.longitude) * 111_320 * Math.cos((latitude * Math.PI) / 180);
  return Math.sqrt(north * north + east * east);
}

function distanceWords(far: number): string {
  return far < 1000 ? `约${Math.max(100, Math.round(far / 100) * 100)}米` : `约${(far / 1000).toFixed(1)}公里`;
}

function remembered(): string | null {
  try {
    return localStorage.getItem(LAST);
  } catch {
    return null; // storage switched off: order by name
  }
}

function remember(id: string): void {
  try {
    localStorage.setItem(LAST, id);
  } catch {
    // storage switched off: nothing to remember with
  }
}

/** Ask the phone where it is, once, to sort on the phone. */
function near(): void {
  const note = find("near-note");
  say(note, "正在问手机位置…");
  navigator.geolocation.getCurrentPosition(
    (found) => {
      place = found.coords;
      order();
      say(note, "已按直线距离排好，位置没有上传。");
    },
    () => say(note, "手机没给位置，还按原来的顺序排。"),
    { maximumAge: 120_000, timeout: 10_000 },
  );
}

export function prepare(): void {
  show(find("near"), Boolean(navigator.geolocation && window.isSecureContext));
  find("near").addEventListener("click", near);
  holder().addEventListener(
    "toggle",
    (event) => {
      const details = event.target as HTMLDetailsElement;
      const li = details.closest<HTMLElement>("li[data-id]");
      if (details.open && li) remember(li.dataset["id"]!);
    },
    true, // `toggle` does not bubble
  );
  order();
  if (Math.abs(Date.now() - takenAt()) > FRESH_MS) void refresh();
  window.setInterval(() => (find("link").hidden ? ages() : offline()), MINUTE_MS / 2);
  window.addEventListener("offline", offline);
}
