/** Keep what is typed into a form until it is sent: going back, reloading or signing in again then loses nothing. */
import { make } from "./dom.js";

/** @returns {string} */
function key(form) {
  return `draft ${location.pathname}${location.search} ${form.id}`;
}

/**
 * Return the fields of a form that a reader fills in.
 * @param {HTMLFormElement} form
 * @returns {(HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[]}
 */
function fieldsOf(form) {
  return /** @type {HTMLInputElement[]} */ ([...form.elements]).filter(({ name, type }) => name && type !== "file" && type !== "hidden");
}

/** @returns {string | boolean} */
function stateOf(field) {
  return field.type === "checkbox" || field.type === "radio" ? field.checked : field.value;
}

/**
 * Fill in what was typed before, and keep what is typed from now on, for as long as the tab is open.
 * @param {HTMLFormElement} form
 * @returns {boolean} whether something was filled in
 */
export function keepDraft(form) {
  const found = restore(form);
  form.addEventListener("input", () => {
    const states = fieldsOf(form).map((field) => [field.id || field.name, stateOf(field)]);
    sessionStorage.setItem(key(form), JSON.stringify(states));
  });
  form.addEventListener("sent", () => sessionStorage.removeItem(key(form)));
  return found;
}

/**
 * @param {HTMLFormElement} form
 * @returns {boolean}
 */
function restore(form) {
  const states = new Map(JSON.parse(sessionStorage.getItem(key(form)) ?? "[]"));
  let found = false;
  for (const field of fieldsOf(form)) {
    const state = states.get(field.id || field.name);
    if (state === undefined || state === stateOf(field)) continue;
    if (field instanceof HTMLSelectElement && ![...field.options].some(({ value }) => value === state)) continue;
    if (typeof state === "boolean") /** @type {HTMLInputElement} */ (field).checked = state;
    else field.value = /** @type {string} */ (state);
    field.closest("details")?.setAttribute("open", "");
    found = true;
  }
  return found;
}

/**
 * Say at the top of a form that a draft was filled in, and offer to begin anew.
 * @param {HTMLFormElement} form
 */
export function tellDraft(form) {
  const button = make("button", { type: "button", class: "small" }, "Start afresh");
  button.addEventListener("click", () => {
    sessionStorage.removeItem(key(form));
    location.reload();
  });
  form.prepend(make("div", { class: "panel actions", role: "status" }, make("span", {}, "What you filled in before is still here."), button));
}
