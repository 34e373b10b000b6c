// Registers the service worker, where there is one to be had.

export function registerWorker(): void {
  if (!("serviceWorker" in navigator)) return;
  window.addEventListener("load", () => {
    // Refused in private windows and some messengers: the page works, only not offline.
    navigator.serviceWorker.register("/sw.js", { scope: "/" }).catch(() => undefined);
  });
}
