// Tells when what a page shows has changed: a stream while it holds, polling while it does not.

const POLL_MS = 30_000;
const AGAIN_MS = 60_000;
/** Phones that hear of a change at the same moment come at different ones. */
const SPREAD_MS = 1_500;
const SETTLE_MS = 3_000;

/**
 * Call `changed` at once when the server says so, every half minute without a stream, and when
 * the page comes back into view.
 *
 * @param address where the stream is; asked again for each new stream, since tickets age
 */
export function watch(address: () => string | Promise<string>, changed: () => void): void {
  let stream: EventSource | undefined;
  let polling = 0;
  let waiting = 0;
  let again = 0;

  function poll(on: boolean): void {
    if (on && !polling) polling = window.setInterval(changed, POLL_MS);
    if (!on) {
      window.clearInterval(polling);
      polling = 0;
    }
  }

  function soon(): void {
    if (waiting) return;
    waiting = window.setTimeout(() => {
      waiting = 0;
      changed();
    }, Math.random() * SPREAD_MS);
  }

  async function open(): Promise<void> {
    close();
    poll(true);
    if (!window.EventSource) return;
    try {
      stream = new EventSource(await address());
    } catch {
      again = window.setTimeout(() => void open(), AGAIN_MS);
      return;
    }
    const mine = stream;
    mine.addEventListener("open", () => poll(false));
    mine.addEventListener("changed", soon);
    mine.addEventListener("error", () => {
      poll(true);
      // A stream that was refused stays closed; a broken one reconnects by itself.
      if (mine.readyState === EventSource.CLOSED && mine === stream) {
        again = window.setTimeout(() => void open(), AGAIN_MS);
      }
    });
  }

  function close(): void {
    window.clearTimeout(again);
    poll(false);
    if (stream) stream.close();
    stream = undefined;
  }

  // A page nobody looks at holds no stream open.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else {
      changed();
      void open();
    }
  });
  // The phone says "online" a little before anything gets through.
  window.addEventListener("online", () => {
    changed();
    window.setTimeout(changed, SETTLE_MS);
  });
  if (!document.hidden) void open();
}

/** Address of the signed-in person's stream, with a fresh ticket. */
export async function ticketAddress(): Promise<string> {
  const answer = await fetch("/live-ticket", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`ticket: ${answer.status}`);
  return (await answer.json()).url as string;
}
