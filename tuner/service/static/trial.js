/** A trial's page: its learning curve, and what it trains now. */
import { ofStudy, request } from "./api.js";
import { drawCurve } from "./charts.js";
import { byId, make, table } from "./dom.js";
import { Refresher, Stream } from "./live.js";
import { figure, plain, score } from "./words.js";

const page = /** @type {HTMLElement} */ (byId("trial-page"));
const { study = "", trial = "", objective = "" } = page.dataset;
const refresher = new Refresher(showCurve);
new Stream(ofStudy(study, "/events"), { commit: () => refresher.ask(), state: () => refresher.ask(), end: () => refresher.ask() }, () => refresher.ask());
showCurve().catch(console.warn); // the next refresh tries again

/** Draw the learning curve, and its table. */
async function showCurve() {
  const { curve } = await request("GET", ofStudy(study, `/trials/${encodeURIComponent(trial)}`));
  const place = byId("curve-chart");
  if (!curve.length) return place?.replaceChildren(make("p", { class: "empty" }, "The first point appears after the first epoch."));
  const names = [...new Set(curve.flatMap((epoch) => Object.keys(epoch.metrics)))];
  const rows = curve.map(({ epoch, metrics }) => [epoch, ...names.map((name) => metrics[name] ?? null)]);
  byId("curve-table")?.replaceChildren(table(["epoch", ...names], rows, (value, column) => (column ? (value === null ? "" : score(value, names[column - 1]) || figure(value)) : plain(value))));
  await drawCurve("curve-chart", curve, objective);
}
