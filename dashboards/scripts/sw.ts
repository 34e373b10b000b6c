// Service worker: the rider's page and the keeper's page open without network, with what was seen last.
declare const self: ServiceWorkerGlobalScope;
/** Hashed names of the rider's assets, put in by the build. */
declare const KEPT_ASSETS: string[];

const PUBLIC = `public ${KEPT_ASSETS.join(" ")}`;
/** What a keeper saw; gone with signing out. */
const KEEPER = "keeper";
const PATIENCE_MS = 8_000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(PUBLIC)
      .then((cache) => cache.addAll([...KEPT_ASSETS, "/r", "/r/stations"]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n !== PUBLIC && n !== KEEPER).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (url.pathname === "/logout") {
    event.waitUntil(caches.delete(KEEPER));
  } else if (event.request.method !== "GET") {
    return;
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(kept(event.request));
  } else if (url.pathname === "/r" || url.pathname === "/r/stations") {
    event.respondWith(fresh(event.request, PUBLIC));
  } else if (url.pathname === "/k" || url.pathname.startsWith("/k/")) {
    event.respondWith(fresh(event.request, KEEPER));
  }
});

/** A hashed asset never changes: from the cache if it is there. */
async function kept(request: Request): Promise<Response> {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(PUBLIC)).put(request, answer.clone());
  return answer;
}

/** From the network while it answers in time, else what was seen last, marked as such. */
async function fresh(request: Request, name: string): Promise<Response> {
  const cache = await caches.open(name);
  try {
    const answer = await inTime(request);
    if (answer.ok && !answer.redirected) await cache.put(request.url, answer.clone());
    return answer;
  } catch (reason) {
    const found = await cache.match(request.url);
    if (!found) throw reason;
    const headers = new Headers(found.headers);
    headers.set("X-From-Cache", "1");
    return new Response(found.body, { status: found.status, headers });
  }
}

function inTime(request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too slow")), PATIENCE_MS);
    fetch(request).then(resolve, reject).then(() => clearTimeout(timer));
  });
}

export {};
