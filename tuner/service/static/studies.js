/** The list of studies: filters that answer while one types, boxes to compare, and a list that stays true. */
import { after, byId } from "./dom.js";
import { refreshParts, Refresher, Stream } from "./live.js";

const refresher = new Refresher();
new Stream("/events", { studies: () => refresher.ask(), queue: () => refresher.ask() }, () => refresher.ask());
window.setInterval(() => refresher.ask(), 15000); // what other processes start and what the machine does

const filters = /** @type {HTMLFormElement | null} */ (byId("filters"));
filters?.addEventListener("submit", (event) => {
  event.preventDefault();
  filter();
});
filters?.addEventListener("input", after(filter, 250));

/** Show what matches, under an address that can be kept. */
async function filter() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(/** @type {HTMLFormElement} */ (filters))) if (value) query.set(name, String(value));
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  await refreshParts();
}

/** Say how many studies are ticked, and let them be compared. */
function tellChosen() {
  const ticked = document.querySelectorAll("#studies input[name=name]:checked").length;
  const [bar, line] = [byId("chosen"), byId("chosen-count")];
  if (!bar || !line) return;
  bar.hidden = ticked === 0;
  line.textContent = ticked === 1 ? "One study is chosen: choose another to compare." : `${ticked} studies are chosen.`;
  /** @type {HTMLButtonElement} */ (bar.querySelector("button")).disabled = ticked < 2;
}

byId("choose")?.addEventListener("change", tellChosen);
document.addEventListener("refreshed", tellChosen);
tellChosen();
