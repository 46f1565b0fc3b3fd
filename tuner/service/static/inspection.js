/** How a data set is read: what the form shows beneath its choice. */
import { address, Problem, request } from "./api.js";
import { make, table, byId } from "./dom.js";
import { tellWrong, clearWrong } from "./forms.js";
import { figure } from "./words.js";

/** Rows of a table of classes or columns that are shown. */
const MOST = 12;
/** @type {AbortController | undefined} */
let reading;

/**
 * Have the data read with some settings, and show what they are and what is odd about them.
 * @param {HTMLFormElement} form
 * @param {Record<string, unknown>} settings
 */
export async function inspect(form, settings) {
  const place = /** @type {HTMLElement} */ (byId("inspection"));
  reading?.abort();
  const { signal } = (reading = new AbortController());
  place.replaceChildren(make("p", { class: "muted" }, make("span", { class: "spinner" }), " Reading the data …"));
  try {
    const found = await request("POST", "/data/inspect", { settings }, signal);
    if (signal.aborted) return;
    clearWrong(form);
    offerColumns((found.overview.columns ?? []).map((column) => column.name).concat(settings.target ?? []));
    place.replaceChildren(...overview(found, form));
    if (found.problem) tellProblem(form, place, found.problem);
  } catch (error) {
    if (signal.aborted) return;
    place.replaceChildren();
    tellProblem(form, place, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Show why the data cannot be used yet, with the choices that it names as buttons.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} place
 * @param {string} text
 */
function tellProblem(form, place, text) {
  const columns = /It has: (.*)\.$/.exec(text);
  if (columns) {
    const names = [...columns[1].matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, name]) => name);
    offerColumns(names);
    const target = /** @type {HTMLInputElement} */ (byId("target"));
    if (!target.value) {
      const more = / and ([\d,]+) more$/.exec(columns[1]);
      const others = more ? make("p", { class: "small" }, `The table has ${more[1]} more columns: write the name of another into “Target”.`) : null;
      place.append(make("div", { class: "note-box" }, make("p", {}, "Which column is to be predicted?"), choices("target", names), others));
      return;
    }
  }
  const active = document.activeElement;
  tellWrong(form, new Problem(422, text));
  if (active instanceof HTMLElement && active !== document.body) active.focus(); // reading the data is no reason to move it
  const offered = suggestions(text, form);
  if (offered) place.append(offered);
}

/**
 * @param {any} found
 * @param {HTMLFormElement} form
 * @returns {HTMLElement[]}
 */
function overview(found, form) {
  const { overview: about, sheet } = found;
  if (!about || !about.kind) return [];
  const parts = (about.parts ?? []).map((part) => `${part.examples.toLocaleString("en")} to ${part.use}`);
  const lines = [make("p", {}, make("strong", {}, capital(about.kind)), `: ${(about.train + about.test).toLocaleString("en")} examples${parts.length ? ` (${parts.join(", ")})` : ""}.`)];
  const [odd, picture] = [oddities(about.odd ?? [], form), sheet ? make("img", { class: "sheet-picture", src: address(`/data/sheets/${sheet}.png`), alt: `Examples of ${about.name}` }) : null];
  const tables = [...(about.outputs ?? []).map(output), columns(about.columns ?? [])].filter((part) => part !== null);
  return [...lines, odd, ...(picture ? [make("h3", {}, "Examples"), make("div", { class: "scroll" }, picture)] : []), make("div", { class: "pair" }, ...tables)];
}

/**
 * @param {{ weight: string, what: string, advice: string }[]} odd
 * @param {HTMLFormElement} form
 * @returns {HTMLElement}
 */
function oddities(odd, form) {
  if (!odd.length) return make("p", { class: "muted" }, "Nothing odd was found.");
  const items = odd.map(({ weight, what, advice }) => make("li", { class: weight === "bad" ? "strong" : undefined }, what, make("span", { class: "under" }, advice), suggestions(advice, form)));
  const bad = odd.some(({ weight }) => weight === "bad");
  return make("div", { class: bad ? "bad-box" : "note-box" }, make("p", { class: "strong" }, "What is odd about the data"), make("ul", {}, ...items));
}

/**
 * Offer what a text advises in options of the command line, such as `--drop id`, as buttons that fill in the form.
 * @param {string} text
 * @param {HTMLFormElement} form
 * @returns {HTMLElement | null}
 */
function suggestions(text, form) {
  const buttons = [...text.matchAll(/(--[a-z-]+) ('[^']*'|[^\s,.;:]\S*)/g)].flatMap(([, option, word]) => {
    const field = /** @type {HTMLInputElement | null} */ (form.querySelector(`input[data-option="${option}"]`));
    const value = word.replace(/^'|'$/g, "").replace(/[.,;:]$/, "");
    if (!field || field.type === "checkbox" || /^[A-Z]+(=[A-Z]+)?$/.test(value)) return [];
    const button = make("button", { type: "button", class: "small" }, option === "--drop" ? `Leave out ${value}` : `${labelOf(form, field)}: ${value}`);
    button.addEventListener("click", () => {
      fill(field, value);
      button.setAttribute("disabled", "");
    });
    return [button];
  });
  return buttons.length ? make("div", { class: "actions" }, ...buttons) : null;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} field
 * @returns {string}
 */
function labelOf(form, field) {
  return form.querySelector(`label[for="${CSS.escape(field.id)}"]`)?.textContent ?? field.id;
}

/**
 * Set a field as if it were typed; a list gets one more value.
 * @param {HTMLInputElement} field
 * @param {string} value
 */
function fill(field, value) {
  const before = field.value.split(",").map((each) => each.trim()).filter(Boolean);
  field.value = field.dataset.type === "list" ? [...new Set([...before, value])].join(", ") : value;
  field.closest("details")?.setAttribute("open", "");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * @param {string} id
 * @param {string[]} names
 * @returns {HTMLElement}
 */
function choices(id, names) {
  const buttons = names.map((name) => {
    const button = make("button", { type: "button", class: "small" }, name);
    button.addEventListener("click", () => fill(/** @type {HTMLInputElement} */ (byId(id)), name));
    return button;
  });
  return make("div", { class: "actions" }, ...buttons);
}

/** @param {string[]} names */
function offerColumns(names) {
  for (const id of ["target", "drop", "group", "time", "keep"]) {
    const field = byId(id);
    if (!field || !names.length) continue;
    let list = byId(`${id}-columns`);
    if (!list) {
      list = make("datalist", { id: `${id}-columns` });
      field.after(list);
      field.setAttribute("list", list.id);
    }
    list.replaceChildren(...[...new Set(names)].map((name) => make("option", { value: name })));
  }
}

/**
 * @param {any} about
 * @returns {HTMLElement}
 */
function output(about) {
  const name = about.name ? ` of ${about.name}` : "";
  if (!about.classes?.length) {
    return make("div", {}, make("h3", {}, `Values${name}`), table(["lowest", "mean", "highest"], [[about.low, about.mean, about.high]], (value) => number(value)));
  }
  const shown = about.classes.slice(0, MOST).map((each) => [each.name, each.train, each.test]);
  return make("div", {}, make("h3", {}, `Classes${name}`), table(["class", "to train on", "to test on"], shown), rest(about.classes.length));
}

/**
 * @param {any[]} all
 * @returns {HTMLElement | null}
 */
function columns(all) {
  if (!all.length) return null;
  const values = (column) => (column.mean !== null ? `${number(column.low)} to ${number(column.high)}` : column.common ? `most often ${column.common}` : "");
  const shown = all.slice(0, MOST).map((column) => [column.name, column.kind, column.missing, values(column)]);
  return make("div", {}, make("h3", {}, "Columns"), make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Columns" }, table(["column", "holds", "missing", "values"], shown)), rest(all.length));
}

/**
 * @param {number} count
 * @returns {HTMLElement | null}
 */
function rest(count) {
  return count > MOST ? make("p", { class: "muted small" }, `and ${(count - MOST).toLocaleString("en")} more`) : null;
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function number(value) {
  return typeof value === "number" ? (Number.isInteger(value) ? String(value) : figure(value)) : "";
}

/**
 * @param {string} text
 * @returns {string}
 */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
