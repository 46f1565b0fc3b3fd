/** Draw plain data with Plotly, in the colours of the page; without WebGL, which not every machine has. */
import { byId } from "./dom.js";
import { figure, isShare, plain, score } from "./words.js";

/** Lines of the parallel coordinates are drawn in this many groups, from the worst to the best. */
const SHADES = 6;
/** With more lines than this, each is drawn thinner and without markers, of which thousands take a browser seconds. */
const CROWD = 200;
/** Pixels that a column of the parallel coordinates needs at least; where the page is narrower, they scroll. */
const LEAST_WIDTH = 64;
/** Colours that differ for colour-blind readers too (Okabe and Ito, 2008), by scheme. */
const SERIES = {
  light: ["#b34a00", "#00588f", "#00805c", "#8f3f71", "#7a5b00", "#4c4c4c"],
  dark: ["#ff9a4d", "#6cb6e8", "#4fcfa3", "#e39ac4", "#e5c04a", "#c4c4c4"],
};
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];

/** @type {Promise<any> | undefined} */
let library;
/** @type {Map<string, () => void>} */
const drawn = new Map();

/**
 * Load the library, once.
 * @returns {Promise<any>}
 */
function plotly() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.documentElement.dataset.plotly ?? "";
    script.addEventListener("load", () => resolve(/** @type {any} */ (window).Plotly));
    script.addEventListener("error", () => reject(new Error("The charts' library could not be loaded.")));
    document.head.append(script);
  });
  return library;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => drawn.forEach((draw) => draw()));

/** @returns {Record<string, string>} */
function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(["paper", "ink", "muted", "line", "tuned", "baseline", "bad"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/**
 * Draw a chart in the element with an id, and again when the colours of the page change.
 * @param {string} id
 * @param {(colours: Record<string, string>) => { traces: object[], layout: object }} describe
 */
async function draw(id, describe) {
  const place = byId(id);
  if (!place) return;
  drawn.set(id, () => draw(id, describe));
  try {
    const library = await plotly();
    const { traces, layout } = describe(colours());
    if (!place.classList.contains("js-plotly-plot")) place.replaceChildren(); // what stood there until there was something to draw
    await library.react(place, traces, { ...base(colours()), ...layout }, { displayModeBar: false, responsive: true, scrollZoom: false });
  } catch (error) {
    console.warn(error);
    place.textContent = "The chart could not be drawn; the table below has the same numbers.";
  }
}

/**
 * @param {Record<string, string>} c
 * @returns {object}
 */
function base(c) {
  const font = { family: "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif", size: 13, color: c.ink };
  return {
    font, paper_bgcolor: c.paper, plot_bgcolor: c.paper, margin: { l: 60, r: 16, t: 12, b: 48 }, dragmode: false,
    hovermode: "closest", hoverlabel: { bgcolor: c.paper, bordercolor: c.muted, font: { ...font, size: 13 }, align: "left" },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font }, colorway: SERIES[dark.matches ? "dark" : "light"],
  };
}

/**
 * @param {Record<string, string>} c
 * @param {object} more
 * @returns {object}
 */
function axis(c, more) {
  return { gridcolor: c.line, linecolor: c.muted, tickcolor: c.line, zeroline: false, automargin: true, fixedrange: true, ...more };
}

/**
 * Return how an axis that counts is marked: with whole numbers, each once.
 * @param {number} count
 * @returns {object}
 */
function wholeTicks(count) {
  return { tickformat: "d", dtick: count < 12 ? 1 : undefined };
}

/**
 * @param {Record<string, string>} c
 * @param {string} metric
 * @returns {object}
 */
function scoreAxis(c, metric) {
  return axis(c, { title: { text: metric, standoff: 12 }, ...(isShare(metric) ? { tickformat: ".1~%" } : {}) });
}

/**
 * Draw each trial as a point, and the best so far as a line.
 * @param {string} id
 * @param {{ objective: string, history: any[] }} charts
 */
export function drawHistory(id, { objective, history }) {
  const scored = history.filter((point) => point.score !== null);
  const failed = history.filter((point) => point.state === "failed");
  const worst = Math.min(...scored.map((point) => point.score));
  return draw(id, (c) => ({
    traces: [
      { type: "scatter", mode: "markers", name: "trial", x: scored.map((p) => p.order), y: scored.map((p) => p.score),
        marker: { color: c.baseline, size: history.length > 300 ? 5 : 8, opacity: 0.75 }, hoverinfo: "text",
        text: scored.map((p) => `${escape(p.trial)}<br>${score(p.score, objective)}, ${p.epochs} epochs`) },
      { type: "scatter", mode: "lines", name: "best so far", x: history.map((p) => p.order), y: history.map((p) => p.best),
        line: { color: c.tuned, width: 2.5, shape: "hv" }, hoverinfo: "skip" },
      ...(failed.length && scored.length ? [{ type: "scatter", mode: "markers", name: "failed", x: failed.map((p) => p.order),
        y: failed.map(() => worst), marker: { color: c.bad, symbol: "x", size: 9 }, hoverinfo: "text", text: failed.map((p) => `${escape(p.trial)}<br>failed`) }] : []),
    ],
    layout: { xaxis: axis(c, { title: { text: "trials, in the order of their ends" }, rangemode: "tozero", ...wholeTicks(history.length) }), yaxis: scoreAxis(c, objective) },
  }));
}

/**
 * Draw the metrics of one trial by epoch: training dashed, validation solid.
 * @param {string} id
 * @param {{ epoch: number, metrics: Record<string, number | null> }[]} curve
 * @param {string} objective
 */
export function drawCurve(id, curve, objective) {
  const names = [...new Set(curve.flatMap((epoch) => Object.keys(epoch.metrics)))];
  const bare = (name) => name.replace(/^val_/, "");
  const shown = names.filter((name) => bare(name) === bare(objective));
  return draw(id, (c) => ({
    traces: (shown.length ? shown : names).map((name) => ({
      type: "scatter", mode: curve.length < 40 ? "lines+markers" : "lines", name: name.startsWith("val_") ? `${bare(name)}, validation` : `${name}, training`,
      x: curve.map((epoch) => epoch.epoch), y: curve.map((epoch) => epoch.metrics[name] ?? null),
      line: { color: name.startsWith("val_") ? c.tuned : c.baseline, width: 2, dash: name.startsWith("val_") ? "solid" : "dash" },
    })),
    layout: { xaxis: axis(c, { title: { text: "epoch" }, ...wholeTicks(curve.length) }), yaxis: scoreAxis(c, bare(objective)), showlegend: true },
  }));
}

/**
 * Draw the best score so far of several studies.
 * @param {string} id
 * @param {{ name: string, history: any[] }[]} curves
 * @param {string} objective
 */
export function drawCurves(id, curves, objective) {
  return draw(id, (c) => ({
    traces: curves.map(({ name, history }, place) => ({
      type: "scatter", mode: "lines", name: escape(name), x: history.map((p) => p.order), y: history.map((p) => p.best),
      line: { shape: "hv", width: 2.5, dash: DASHES[place % DASHES.length] },
    })),
    layout: { xaxis: axis(c, { title: { text: "trials" }, rangemode: "tozero", ...wholeTicks(Math.max(...curves.map(({ history }) => history.length))) }), yaxis: scoreAxis(c, objective), showlegend: true },
  }));
}

/**
 * Draw each trial as a line across its settings and its score.
 * @param {string} id
 * @param {{ columns: string[], rows: any[][], trials: string[] }} parallel
 * @param {string} objective
 * @param {string} direction
 */
export function drawParallel(id, { columns, rows, trials }, objective, direction) {
  const scales = columns.map((name, column) => scaleOf(name, rows.map((row) => row[column])));
  const last = columns.length - 1;
  const used = (row) => [...columns.keys()].filter((column) => rows[row][column] !== null); // a setting may be inactive
  const order = rows.map((_, row) => row).sort((one, other) => (direction === "min" ? -1 : 1) * (rows[one][last] - rows[other][last]));
  const place = byId(id);
  if (place) place.style.minWidth = `${columns.length * LEAST_WIDTH}px`;
  return draw(id, (c) => {
    const traces = Array.from({ length: Math.min(SHADES, order.length) }, (_, shade, shades = Math.min(SHADES, order.length)) => {
      const part = order.slice(Math.floor((shade * order.length) / shades), Math.floor(((shade + 1) * order.length) / shades));
      const share = shades === 1 ? 1 : shade / (shades - 1);
      const crowd = Math.min(1, CROWD / order.length); // many lines are thin and let others shine through
      return {
        type: "scatter", mode: crowd < 1 ? "lines" : "lines+markers", showlegend: false, hoverinfo: "text", opacity: Math.max(0.3, crowd), marker: { size: 5, color: mixed(c.line, c.tuned, share) },
        x: part.flatMap((row) => [...used(row), null]), y: part.flatMap((row) => [...used(row).map((column) => scales[column].place(rows[row][column])), null]),
        text: part.flatMap((row) => [...used(row).map((column) => `${escape(trials[row])}<br>${escape(columns[column])}: ${escape(plain(rows[row][column]))}`), ""]),
        line: { color: mixed(c.line, c.tuned, share), width: Math.max(0.5, (1 + 1.5 * share) * crowd) },
      };
    });
    const ends = scales.flatMap((scale, column) => scale.marks.map(([text, at]) => ({ x: column, y: at, text: escape(text), showarrow: false, xanchor: "left", xshift: 5, yanchor: "middle", font: { size: 11, color: c.muted }, bgcolor: c.paper, opacity: 0.85 })));
    return {
      traces,
      layout: {
        annotations: ends, margin: { l: 16, r: 100, t: 12, b: 70 },
        shapes: columns.map((_, column) => ({ type: "line", x0: column, x1: column, y0: 0, y1: 1, line: { color: c.muted, width: 1 }, layer: "below" })),
        xaxis: axis(c, { tickvals: [...columns.keys()], ticktext: columns.map((name) => escape(shortened(name === "score" ? objective : name))), showgrid: false, range: [-0.1, columns.length - 0.6], tickangle: columns.length > 5 || innerWidth < 700 ? 40 : 0 }),
        yaxis: axis(c, { visible: false, range: [-0.06, 1.06] }),
      },
    };
  });
}

/**
 * Return how the values of a column are placed between 0 and 1, and which of them are named beside the axis.
 * @param {string} name
 * @param {any[]} values
 * @returns {{ place: (value: any) => number | null, marks: [string, number][] }}
 */
function scaleOf(name, values) {
  const numbers = values.filter((value) => typeof value === "number");
  const present = values.filter((value) => value !== null && value !== undefined);
  if (!numbers.length || numbers.length < present.length) {
    const texts = [...new Set(present.map(String))].sort();
    const place = (value) => (value === null || value === undefined ? null : texts.length === 1 ? 0.5 : texts.indexOf(String(value)) / (texts.length - 1));
    return { place, marks: texts.length > 8 ? [] : texts.map((text) => [shortened(text), /** @type {number} */ (place(text))]) };
  }
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const logarithmic = low > 0 && high / low > 50 && name !== "score";
  const on = (value) => (logarithmic ? Math.log(value) : value);
  const place = (value) => (value === null || value === undefined ? null : high === low ? 0.5 : (on(value) - on(low)) / (on(high) - on(low)));
  const text = (value) => (Number.isInteger(value) ? String(value) : Math.abs(value) < 0.001 ? value.toPrecision(2) : figure(value).replace(/0+$/, ""));
  return { place, marks: high === low ? [[text(low), 0.5]] : [[text(low), 0], [text(high), 1]] };
}

/**
 * @param {string} text
 * @returns {string}
 */
function shortened(text) {
  return text.length > 18 ? `${text.slice(0, 17)}…` : text;
}

/**
 * Return a colour between two of the form #rrggbb.
 * @param {string} from
 * @param {string} to
 * @param {number} share
 * @returns {string}
 */
function mixed(from, to, share) {
  const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const [one, other] = [parts(from), parts(to)];
  return `rgb(${one.map((value, at) => Math.round(value + share * (other[at] - value))).join(",")})`;
}

/**
 * Plotly reads a few HTML tags in texts: those of users are shown as they are.
 * @param {unknown} text
 * @returns {string}
 */
function escape(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
