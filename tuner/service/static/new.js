/** The form of a new search: it shows what applies, how the data are read, how long it takes, and the same command. */
import { request } from "./api.js";
import { after, byId, make } from "./dom.js";
import { keepDraft, tellDraft } from "./draft.js";
import { busy, clearWrong, submit, tellWrong, valueOf } from "./forms.js";
import { inspect } from "./inspection.js";
import { upload } from "./uploading.js";
import { duration, size } from "./words.js";

const form = /** @type {HTMLFormElement} */ (byId("new-form"));
const dataset = /** @type {HTMLSelectElement} */ (byId("dataset"));
const nameField = /** @type {HTMLInputElement} */ (byId("name"));
const taken = new Set(JSON.parse(form.getAttribute("data-taken") ?? "[]"));
/** Settings whose change makes the data be read anew. */
const OF_DATA = ["dataset", "target", "task", "drop", "test_split", "validation", "group", "time", "keep", "read_as", "image_size"];
let ownName = false;

/** @returns {(HTMLInputElement | HTMLSelectElement)[]} the fields in use */
function fields() {
  return /** @type {HTMLInputElement[]} */ ([...form.elements]).filter((field) => field.name && field.type !== "file" && !field.closest("[hidden]"));
}

/**
 * Return the settings that differ from their defaults.
 * @param {boolean} ofRun - how it is run, which is no setting of the study, instead
 * @returns {Record<string, unknown>}
 */
function chosen(ofRun = false) {
  const values = {};
  for (const field of fields()) {
    if (!field.dataset.option || (field.dataset.run !== undefined) !== ofRun) continue;
    const value = valueOf(field);
    if (value !== undefined && JSON.stringify(value) !== (field.dataset.default ?? "false")) values[field.name] = value;
  }
  return values;
}

/** Show the settings that the tuner and the data have, with the tuner's defaults. */
function showWhatApplies() {
  const tuner = /** @type {HTMLSelectElement} */ (byId("tuner")).value;
  for (const field of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-tuners]"))) {
    field.hidden = !field.dataset.tuners?.split(" ").includes(tuner);
    const value = JSON.parse(field.dataset.defaults ?? "{}")[tuner];
    const input = field.querySelector("input");
    if (input) input.placeholder = value === null || value === undefined ? "no limit" : String(value);
  }
  const kind = dataset.selectedOptions[0]?.dataset.kind;
  /** @type {HTMLElement} */ (byId("for-tables")).hidden = kind !== "table";
  const hypermodel = /** @type {HTMLSelectElement} */ (byId("hypermodel")).selectedOptions[0];
  /** @type {HTMLElement} */ (byId("hypermodel-hint")).textContent = hypermodel?.dataset.help ?? "";
}

/** Suggest a name that no study has, until one is typed. */
function suggestName() {
  if (ownName) return;
  const base = (dataset.value.split("/").pop() ?? "study").replace(/\.[^.]*$/, "").replace(/[^\w-]+/g, "-").replace(/^[-.]+|-+$/g, "") || "study";
  let name = base;
  for (let count = 2; taken.has(name); count += 1) name = `${base}-${count}`;
  nameField.value = name;
}

/** Write the command line that does the same. */
function showCommand() {
  const words = ["keras-search", "start", quoted(nameField.value)];
  for (const field of fields()) {
    const value = { ...chosen(), ...chosen(true) }[field.name];
    if (!field.dataset.option || value === undefined) continue;
    if (value === true) words.push(field.dataset.option);
    else if (value === false) words.push(field.dataset.option.replace(/^--/, "--no-"));
    else for (const each of Array.isArray(value) ? value : [value]) words.push(field.dataset.option, quoted(String(each)));
  }
  /** @type {HTMLElement} */ (byId("command")).textContent = words.join(" ");
}

/**
 * @param {string} word
 * @returns {string}
 */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

const readData = after(() => {
  const settings = Object.fromEntries(Object.entries({ dataset: dataset.value, ...chosen() }).filter(([name]) => OF_DATA.includes(name)));
  inspect(form, settings);
}, 400);

form.addEventListener("input", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if (field === nameField) ownName = nameField.value !== "";
  if (field === dataset) suggestName();
  if (OF_DATA.includes(field.name)) readData();
  showWhatApplies();
  showCommand();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await submit(form, { name: nameField.value.trim(), settings: { dataset: dataset.value, ...chosen() }, ...chosen(true) });
});

byId("upload")?.addEventListener("change", async () => {
  const option = await upload(form, dataset);
  if (!option) return;
  dataset.value = option.value;
  dataset.dispatchEvent(new Event("input", { bubbles: true }));
});

byId("estimate")?.addEventListener("click", async (event) => {
  const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
  const place = /** @type {HTMLElement} */ (byId("estimated"));
  clearWrong(form);
  busy(button, true);
  place.replaceChildren(make("p", {}, "Measuring …"));
  try {
    place.replaceChildren(...estimateLines(await request("POST", "/estimate", { settings: { dataset: dataset.value, ...chosen() } })));
  } catch (error) {
    place.replaceChildren();
    tellWrong(form, error);
  } finally {
    busy(button, false);
  }
});

/**
 * @param {any} estimate - as `keras-search start --dry-run --json` prints it
 * @returns {HTMLElement[]}
 */
function estimateLines({ seconds, search, comparison, disk, workers, notes }) {
  const trials = search.trials === null ? "" : `${search.trials.toLocaleString("en")} trials, `;
  const retrained = comparison.runs ? `, then ${comparison.runs} retrainings` : "";
  return [
    make("p", {}, "About ", make("strong", {}, duration(seconds.total)), `, most likely between ${duration(seconds.low)} and ${duration(seconds.high)}.`),
    make("p", { class: "small" }, `${trials}${search.epochs.toLocaleString("en")} epochs in all, with ${workers} ${workers === 1 ? "worker" : "workers"}${retrained}; at most ${size(disk.total)} on the disk.`),
    ...notes.map((note) => make("p", { class: "muted small wrap" }, note)),
  ];
}

if (keepDraft(form)) {
  ownName = nameField.value !== "";
  tellDraft(form);
}
suggestName();
showWhatApplies();
showCommand();
readData();
