/** What every page does: forms, dialogs, menus, and times that stay true. */
import { apiOf, copy, sayAfterwards, submit } from "./forms.js";
import { byId } from "./dom.js";
import { ago } from "./words.js";

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!apiOf(form)) return;
  event.preventDefault();
  if (!form.hasAttribute("data-own")) submit(form);
});

document.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const button = /** @type {HTMLButtonElement | null} */ (target.closest("button"));
  if (button?.dataset.dialog) /** @type {HTMLDialogElement | null} */ (byId(button.dataset.dialog))?.showModal();
  if (button?.dataset.close !== undefined) button.closest("dialog")?.close();
  if (button?.dataset.copy) copy(button);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target) || button?.dataset.dialog) menu.removeAttribute("open");
  }
});

document.addEventListener("keydown", (event) => {
  const menu = /** @type {HTMLElement} */ (event.target).closest?.("details.menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.removeAttribute("open");
  /** @type {HTMLElement | null} */ (menu.querySelector("summary"))?.focus();
});

/** Bring the times that the page tells up to date. */
function tellTimes() {
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("time[data-when]"))) {
    const when = Number(time.dataset.when);
    time.textContent = ago(when);
    time.title = new Date(1000 * when).toLocaleString();
  }
}

tellTimes();
window.setInterval(tellTimes, 20000);
document.addEventListener("refreshed", tellTimes);
sayAfterwards();
document.documentElement.dataset.ready = "";
document.dispatchEvent(new Event("ready"));
