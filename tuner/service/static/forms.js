/** Forms that send their fields to the API as JSON, and tell beside a field what is wrong with it. */
import { Problem, request } from "./api.js";
import { byId, say } from "./dom.js";
import { refreshParts } from "./live.js";

/** Messages that are about the name of a study. */
const ABOUT_NAME = /^A study named|^A study's name|study name|already exists/;

/**
 * Return the value of a field as its `data-type` says, undefined if it is not set.
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field
 * @returns {unknown}
 */
export function valueOf(field) {
  const text = field.tagName === "TEXTAREA" || field.dataset.type === undefined ? field.value : field.value.trim();
  switch (field.dataset.type) {
    case "flag":
      return field.type === "checkbox" ? /** @type {HTMLInputElement} */ (field).checked : text === "true";
    case "list":
      return text ? text.split(",").map((each) => each.trim()).filter(Boolean) : undefined;
    case "whole":
    case "number":
      return text === "" ? undefined : Number.isFinite(Number(text)) ? Number(text) : text;
    case undefined:
      return text;
    default:
      return text || undefined;
  }
}

/**
 * Return the method and the path that a form is sent with. `form.dataset` may be one of its fields.
 * @param {HTMLFormElement} form
 * @returns {string}
 */
export function apiOf(form) {
  return form.getAttribute("data-api") ?? "";
}

/**
 * Return the fields of a form as an object; those not set are left out.
 * @param {HTMLFormElement} form
 * @returns {Record<string, unknown>}
 */
export function fieldsOf(form) {
  const values = {};
  for (const field of form.elements) {
    const named = /** @type {HTMLInputElement} */ (field);
    if (!named.name || named.disabled || (named.type === "radio" && !named.checked)) continue;
    if (form.getAttribute("data-lists") === named.name) {
      values[named.name] ??= [];
      if (named.type !== "checkbox" || named.checked) values[named.name].push(named.value);
      continue;
    }
    const value = valueOf(named);
    if (value !== undefined) values[named.name] = value;
  }
  return values;
}

/**
 * Return the body for a form's request: settings go below `settings` where the route takes them so.
 * @param {HTMLFormElement} form
 * @returns {object | undefined}
 */
function bodyOf(form) {
  const fields = fieldsOf(form);
  if (apiOf(form).endsWith("/resume")) return { settings: changedSettings(form, fields) };
  return Object.keys(fields).length || !apiOf(form).startsWith("DELETE") ? fields : undefined;
}

/**
 * Leave out the settings that are as they were when the page was rendered.
 * @param {HTMLFormElement} form
 * @param {Record<string, unknown>} fields
 * @returns {Record<string, unknown>}
 */
function changedSettings(form, fields) {
  const changed = Object.entries(fields).filter(([name]) => {
    const field = /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
    return field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  });
  return Object.fromEntries(changed);
}

/**
 * Send a form, and show what went wrong beside the field that it is about.
 * @param {HTMLFormElement} form
 * @param {object} [body] - instead of the form's fields
 * @returns {Promise<any>} what was answered; undefined if it failed
 */
export async function send(form, body) {
  const [method, path] = apiOf(form).split(" ");
  const button = /** @type {HTMLButtonElement | null} */ (form.querySelector("button:not([type=button])"));
  clearWrong(form);
  busy(button, true);
  try {
    return (await request(method, path, body ?? bodyOf(form))) ?? {};
  } catch (error) {
    tellWrong(form, error);
    return undefined;
  } finally {
    busy(button, false);
  }
}

/**
 * @param {HTMLButtonElement | null} button
 * @param {boolean} is
 */
export function busy(button, is) {
  if (!button) return;
  button.disabled = is;
  button.toggleAttribute("aria-busy", is);
  if (is) button.setAttribute("aria-busy", "true");
}

/**
 * Take back what was wrong before.
 * @param {HTMLFormElement} form
 */
export function clearWrong(form) {
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-wrong]"))) line.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/**
 * Show an error beside the field that its text names, or at the form's end.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 */
export function tellWrong(form, error) {
  if (!(error instanceof Problem)) console.error(error);
  const text = error instanceof Problem ? error.message : "Something went wrong in this page: reload it and try again.";
  const lines = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-wrong]")]);
  const named = fieldNamedIn(form, text)?.name ?? "";
  const line = lines.find((each) => each.dataset.wrong === named) ?? (lines.length === 1 ? lines[0] : null);
  if (!line) return say(text);
  const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(line.dataset.wrong || "\0"));
  line.textContent = field?.dataset.option ? text.replaceAll(field.dataset.option, titleOf(form, field)) : text;
  line.hidden = false;
  line.closest("details")?.setAttribute("open", "");
  field?.setAttribute("aria-invalid", "true");
  if (field) field.focus();
  else line.scrollIntoView({ block: "nearest" });
}

/**
 * Return the field that a message is about: the first whose option, such as --max-epochs, is in it, or whose name is.
 * @param {HTMLFormElement} form
 * @param {string} text
 * @returns {HTMLInputElement | undefined}
 */
function fieldNamedIn(form, text) {
  const fields = /** @type {HTMLInputElement[]} */ ([...form.elements]).filter(({ name }) => name && form.querySelector(`[data-wrong="${CSS.escape(name)}"]`));
  const places = fields.map((field) => ({ field, place: placeOf(field.dataset.option, text) })).filter(({ place }) => place !== -1);
  places.sort((one, other) => one.place - other.place);
  if (places.length) return places[0].field;
  const about = ABOUT_NAME.test(text) ? "name" : /^(?:settings\.)?(\w+)/.exec(text)?.[1];
  return fields.find(({ name }) => name === about);
}

/**
 * @param {string | undefined} option
 * @param {string} text
 * @returns {number}
 */
function placeOf(option, text) {
  return option ? text.search(new RegExp(`${option}(?![-\\w])`)) : -1;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} field
 * @returns {string}
 */
function titleOf(form, field) {
  const label = form.querySelector(`label[for="${CSS.escape(field.id)}"]`) ?? field.closest("label");
  return label?.textContent?.trim() || (field.dataset.option ?? "");
}

/**
 * Send a form and do what its attributes say next: go to a page, or bring this one up to date.
 * @param {HTMLFormElement} form
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function submit(form, body) {
  const answered = await send(form, body);
  if (answered === undefined) return undefined;
  const [then, text, undo] = ["then", "say", "undo"].map((name) => form.getAttribute(`data-${name}`));
  form.closest("dialog")?.close();
  form.closest("details.menu")?.removeAttribute("open");
  if (then) {
    if (text) sessionStorage.setItem("said", JSON.stringify([text, undo ?? ""]));
    location.assign(then.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(answered[name] ?? "")));
  } else if (!form.hasAttribute("data-quiet")) {
    if (text) say(text);
    await refreshParts();
  }
  form.dispatchEvent(new CustomEvent("sent", { detail: answered, bubbles: true }));
  return answered;
}

/** Tell what the page before this one had to tell. */
export function sayAfterwards() {
  const kept = sessionStorage.getItem("said");
  sessionStorage.removeItem("said");
  if (!kept) return;
  const [text, undo] = JSON.parse(kept);
  say(text, undo ? { name: "Undo in the trash", address: undo } : undefined);
}

/**
 * Copy the text or the value of an element.
 * @param {HTMLButtonElement} button
 */
export async function copy(button) {
  const source = byId(button.dataset.copy ?? "");
  const text = source instanceof HTMLInputElement ? source.value : (source?.textContent ?? "");
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const range = document.createRange();
    if (source instanceof HTMLInputElement) source.select();
    else if (source) getSelection()?.removeAllRanges(), range.selectNodeContents(source), getSelection()?.addRange(range);
    button.textContent = "Selected: press Ctrl+C";
  }
  window.setTimeout(() => (button.textContent = "Copy"), 2500);
}


