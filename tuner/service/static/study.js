/** A study's page: what its search commits is shown as it comes. */
import { ofStudy, request } from "./api.js";
import { drawHistory, drawParallel } from "./charts.js";
import { byId, make, table } from "./dom.js";
import { keepDraft } from "./draft.js";
import { followLog } from "./log.js";
import { refreshParts, Refresher, Stream } from "./live.js";
import { TrialsTable } from "./trials.js";
import { duration, plain, score, trialCount } from "./words.js";

const page = /** @type {HTMLElement} */ (byId("study-page"));
const study = page.dataset.study ?? "";
const { objective = "", direction = "max" } = page.dataset;
/** The table beside the chart of all settings shows this many trials, the best first. */
const MOST_ROWS = 200;
/** The data of the charts as they are drawn. */
let drawn = "";

const trials = byId("trials-window") ? new TrialsTable(study, objective, direction) : null;
const refresher = new Refresher(drawCharts, () => trials?.reload());
new Stream(ofStudy(study, "/events"), { commit: committed, state: () => refresher.refresh(), end: () => refresher.ask() }, () => refresher.ask());
trials?.reload(true);
drawCharts().catch(console.warn); // the next refresh tries again
followLog("log");
poll();

/** Look again soon while a job is on its way: its end is no event of its study. */
async function poll() {
  const due = !document.hidden && document.querySelector(".spinner, [data-unsettled]");
  if (due) await refreshParts().catch(() => undefined); // the stream tells that the connection is lost
  window.setTimeout(poll, 2000);
}

/**
 * Show what a commit changed in the headline at once; the rest follows when the page is rendered anew.
 * @param {any} event
 */
function committed(event) {
  show("best", event.best?.score === null || !event.best ? "–" : score(event.best.score, objective));
  show("best-trial", event.best?.trial ?? "");
  show("trials", trialCount(event.trials));
  show("failed", event.trials.failed ? `${event.trials.failed.toLocaleString("en")} failed` : "");
  show("eta", duration(event.eta));
  const bar = /** @type {HTMLProgressElement | null} */ (document.querySelector("#headline progress"));
  if (bar && event.trials.planned) bar.value = event.trials.completed + event.trials.failed;
  refresher.ask();
}

/**
 * @param {string} name
 * @param {string} text
 */
function show(name, text) {
  const place = /** @type {HTMLElement | null} */ (document.querySelector(`[data-show="${name}"]`));
  if (!place || place.textContent === text) return;
  place.textContent = text;
  place.classList.remove("arrived");
  void place.offsetWidth; // begins the animation again
  place.classList.add("arrived");
}

/** Draw all charts, and the tables beside them, from the data of now. */
async function drawCharts() {
  if (!byId("history-chart")) return;
  const charts = await request("GET", ofStudy(study, "/charts"));
  const data = JSON.stringify(charts);
  if (data === drawn) return; // drawing thousands of points takes a browser half a second
  const metric = charts.objective || objective;
  tellThinned(charts.thinned);
  tell("history-table", ["trial", "score", "best so far", "epochs", "state"], charts.history.map((p) => [p.trial, p.score, p.best, p.epochs, p.state]), (value, column) => (column === 1 || column === 2 ? score(value, metric) : plain(value)));
  tellImportance(charts.importance, charts.importance_pending);
  tellBudgets(charts.budgets, metric);
  if (charts.history.length) await drawHistory("history-chart", { objective: metric, history: charts.history });
  else byId("history-chart")?.replaceChildren(make("p", { class: "empty" }, "The first point appears when a trial ends."));
  await showParallel(charts.parallel, metric, charts.direction || direction);
  drawn = data;
}

/** @param {string} text */
function tellThinned(text) {
  const line = byId("thinned");
  if (line) [line.textContent, line.hidden] = [text, !text];
}

/**
 * @param {string} id
 * @param {string[]} head
 * @param {any[][]} rows
 * @param {(value: any, column: number) => string} [text]
 */
function tell(id, head, rows, text) {
  const place = byId(id);
  const details = place?.closest("details");
  const fill = () => place?.replaceChildren(rows.length ? table(head, rows, text) : make("p", { class: "empty" }, "There is nothing to show yet."));
  if (details) details.ontoggle = () => details.open && fill(); // thousands of rows that nobody looks at would slow the page down
  if (!details || details.open) fill();
}

/**
 * Show the share of each hyperparameter as a bar with its number, which is chart and table in one.
 * @param {{ name: string, share: number, low: number, high: number }[]} shares
 * @param {boolean} pending
 */
function tellImportance(shares, pending) {
  const place = byId("importance");
  if (!place) return;
  if (!shares.length) {
    const why = pending ? "It is being computed …" : "Shown when enough trials have completed.";
    return place.replaceChildren(make("p", { class: "empty" }, why));
  }
  const bars = shares.flatMap(({ name, share, low, high }) => [
    make("dt", {}, name),
    make("dd", {}, make("progress", { class: "best", max: 1, value: share, "aria-label": `Importance of ${name}` })),
    make("dd", { class: "small", title: `95% interval: ${Math.round(100 * low)}% to ${Math.round(100 * high)}%` }, `${Math.round(100 * share)}%`),
  ]);
  place.replaceChildren(make("dl", { class: "bars" }, ...bars), make("p", { class: "muted small" }, "How much of the differences in score each explains."));
}

/**
 * @param {any[]} budgets
 * @param {string} metric
 */
function tellBudgets(budgets, metric) {
  const part = byId("budgets-part");
  if (!part) return;
  part.hidden = !budgets.length;
  const several = budgets.some((rung) => rung.iteration !== budgets[0].iteration);
  const head = [...(several ? ["iteration"] : []), "bracket", "rung", "epochs", "trials", "completed", "promoted", "best"];
  const rows = budgets.map((rung) => [...(several ? [rung.iteration] : []), rung.bracket, rung.rung, rung.epochs, rung.trials, rung.completed, rung.promoted, rung.best]);
  tell("budgets", head, rows, (value, column) => (column === head.length - 1 ? score(value, metric) : plain(value)));
}

/**
 * @param {{ columns: string[], rows: any[][], trials: string[] }} parallel
 * @param {string} metric
 * @param {string} better
 */
async function showParallel(parallel, metric, better) {
  const last = parallel.columns.length - 1;
  const named = parallel.columns.map((name) => (name === "score" ? metric : name));
  const rows = parallel.rows.map((row, place) => [parallel.trials[place], ...row]);
  rows.sort((one, other) => (better === "min" ? 1 : -1) * (one[last + 1] - other[last + 1]));
  tell("parallel-table", ["trial", ...named], rows.slice(0, MOST_ROWS), (value, column) => (column === last + 1 ? score(value, metric) : plain(value)));
  if (parallel.rows.length > 1) await drawParallel("parallel-chart", parallel, metric, better);
  else byId("parallel-chart")?.replaceChildren(make("p", { class: "empty" }, "Shown when two trials have completed."));
}

document.addEventListener("sent", (event) => {
  const form = /** @type {HTMLElement} */ (event.target);
  const said = byId("notes-said");
  if (form.id !== "notes-form" || !said) return;
  said.textContent = "Saved.";
  for (const text of form.querySelectorAll("textarea")) text.defaultValue = text.value;
});
const notes = /** @type {HTMLFormElement | null} */ (byId("notes-form"));
notes?.addEventListener("input", tellUnsaved);
if (notes && keepDraft(notes)) tellUnsaved();

/** Say beside the notes that they are not saved. */
function tellUnsaved() {
  const said = byId("notes-said");
  if (said) said.textContent = "Not saved yet.";
}
