/** Try an exported model: on a drawing, an image, or a row. */
import { ofStudy, request } from "./api.js";
import { after, byId, make } from "./dom.js";
import { Drawing } from "./drawing.js";
import { busy } from "./forms.js";
import { Refresher, Stream } from "./live.js";
import { plain } from "./words.js";

const page = byId("try-page");
const study = page?.dataset.study ?? "";
/** Classes that are shown with their probability, the most probable first. */
const MOST = 5;
/** @type {AbortController | undefined} */
let asking;

/**
 * Ask the model, and show its answer; a later question ends an earlier one.
 * @param {object | Blob} body
 */
async function ask(body) {
  asking?.abort();
  const { signal } = (asking = new AbortController());
  const wrong = /** @type {HTMLElement} */ (byId("try-wrong"));
  const place = /** @type {HTMLElement} */ (byId("answer"));
  place.setAttribute("aria-busy", "true");
  if (!place.querySelector(".answer")) place.replaceChildren(make("p", { class: "muted" }, make("span", { class: "spinner" }), " The model is being loaded …"));
  try {
    show(await request("POST", ofStudy(study, "/predict"), body, signal));
    wrong.hidden = true;
  } catch (error) {
    if (signal.aborted) return;
    place.replaceChildren();
    wrong.textContent = error instanceof Error ? error.message : String(error);
    wrong.hidden = false;
  } finally {
    if (!signal.aborted) place.removeAttribute("aria-busy");
  }
}

/** @param {any} answer */
function show({ predictions, notes, unusable, seen }) {
  const lines = [...notes, ...unusable].map((text) => make("p", { class: "muted small wrap" }, sentence(text)));
  byId("answer")?.replaceChildren(...predictions.flatMap(prediction), ...lines);
  const part = byId("saw-part");
  if (!part) return;
  part.hidden = !seen;
  if (seen) /** @type {HTMLImageElement} */ (byId("saw")).src = seen;
}

/**
 * Return a note as a sentence of its own, without the file that it is about.
 * @param {string} text
 * @returns {string}
 */
function sentence(text) {
  const bare = text.replace(/^what was given: /, "");
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

/**
 * @param {any} made
 * @returns {HTMLElement[]}
 */
function prediction(made) {
  if (!made.probabilities) return [make("p", { class: "answer" }, (made.values ?? []).map(plain).join(", "))];
  const ranked = Object.entries(made.probabilities).sort(([, one], [, other]) => other - one).slice(0, MOST);
  const bars = ranked.flatMap(([name, share]) => [
    make("dt", {}, name),
    make("dd", {}, make("progress", { class: name === made.label ? "best" : undefined, max: 1, value: share, "aria-label": `Probability of ${name}` })),
    make("dd", {}, `${(100 * share).toFixed(1)}%`),
  ]);
  return [make("p", { class: "answer" }, made.label), make("dl", { class: "bars" }, ...bars)];
}

const canvas = /** @type {HTMLCanvasElement | null} */ (byId("drawing"));
if (canvas) {
  const drawing = new Drawing(canvas, byId("pen"), after(async () => ask(await drawing.image()), 200));
  byId("wipe")?.addEventListener("click", () => {
    drawing.wipe();
    asking?.abort();
    byId("answer")?.replaceChildren(make("p", { class: "empty" }, "Draw something, or choose an image."));
  });
  takeImages(/** @type {HTMLElement} */ (byId("drop")), /** @type {HTMLInputElement} */ (byId("image")));
}

/**
 * @param {HTMLElement} drop
 * @param {HTMLInputElement} input
 */
function takeImages(drop, input) {
  const over = (is) => (event) => {
    event.preventDefault();
    drop.classList.toggle("over", is);
  };
  drop.addEventListener("dragover", over(true));
  drop.addEventListener("dragleave", over(false));
  drop.addEventListener("drop", (event) => {
    over(false)(event);
    const file = event.dataTransfer?.files[0];
    if (file) ask(file);
  });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) ask(file);
  });
}

byId("row-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const button = form.querySelector("button");
  const fields = /** @type {HTMLInputElement[]} */ ([...form.elements]).filter((field) => field.name);
  const row = Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]));
  busy(button, true);
  await ask({ rows: [row] });
  busy(button, false);
});

/**
 * @param {HTMLInputElement} field
 * @returns {string | number | null}
 */
function valueOf(field) {
  const text = field.value.trim();
  if (text === "") return null;
  return field.dataset.kind === "number" && Number.isFinite(Number(text)) ? Number(text) : text;
}

if (!page) {
  const refresher = new Refresher();
  new Stream("/events", { studies: () => refresher.ask(), queue: () => refresher.ask() }, () => refresher.ask());
  window.setInterval(() => refresher.ask(), 3000);
}
