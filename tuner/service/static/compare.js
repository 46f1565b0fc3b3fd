/** The page that lays studies beside each other. */
import { request } from "./api.js";
import { drawCurves } from "./charts.js";
import { byId, make, table } from "./dom.js";
import { score } from "./words.js";

const page = byId("compare-page");
if (page) show(JSON.parse(page.dataset.names ?? "[]")).catch(tell);

/** @param {Error} error */
function tell(error) {
  byId("compare-chart")?.replaceChildren(make("p", { class: "wrong" }, error.message));
}

/** @param {string[]} names */
async function show(names) {
  const query = new URLSearchParams(names.map((name) => ["name", name]));
  const { curves, studies } = await request("GET", `/compare?${query}`);
  const objective = studies[0]?.objective ?? "";
  const orders = [...new Set(curves.flatMap(({ history }) => history.map((point) => point.order)))].sort((one, other) => one - other);
  const best = curves.map(({ history }) => new Map(history.map((point) => [point.order, point.best])));
  const rows = orders.map((order) => [order, ...best.map((of) => of.get(order) ?? null)]);
  byId("compare-table")?.replaceChildren(table(["trials", ...curves.map(({ name }) => name)], rows, (value, column) => (column ? score(value, objective) : String(value))));
  await drawCurves("compare-chart", curves, objective);
}
