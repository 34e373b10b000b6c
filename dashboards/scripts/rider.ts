// The rider's page: three panels by the address's hash, a live board, a code that needs no network.
import * as board from "./rider/board";
import * as code from "./rider/code";
import { watch } from "./live";
import { registerWorker } from "./worker";

/** CSS shows the panel named in the address; here its work begins or ends. */
function route(): void {
  // Not by `:target`: while the page loads, nothing is the target yet.
  const target = document.getElementById(location.hash.slice(1));
  const panel = target && target.classList.contains("panel") ? target : undefined;
  if (panel && panel.id === "code") void code.open();
  else code.close();
  if (panel) panel.focus();
}

board.prepare();
code.prepare();
window.addEventListener("hashchange", route);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) code.close();
  else route();
});
// Messengers restore a page from memory, with a code that is long past.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    route();
    void board.refresh();
  }
});
route();
watch(() => document.body.dataset["live"]!, () => void board.refresh());
registerWorker();
