// The rider's page: three panels by the address's hash, a live board, a code that needs no network.
import * as board from "./rider/board";
import * as code from "./rider/code";
import { find, show } from "./rider/page";
import { watch } from "./live";
import { registerWorker } from "./worker";

const PANELS = ["home", "free", "code"];

function route(): void {
  const wanted = location.hash.slice(1);
  const current = PANELS.indexOf(wanted) > 0 ? wanted : "home";
  for (const panel of PANELS) show(find(panel), panel === current);
  if (current === "code") void code.open();
  else code.close();
  if (current !== "home") {
    window.scrollTo(0, 0);
    find(current).focus();
  }
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
