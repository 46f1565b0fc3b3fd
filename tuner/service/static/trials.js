/** The table of trials: any number of rows scroll, of which only those in sight are fetched and in the page. */
import { ofStudy, request, ROOT } from "./api.js";
import { after, byId, make } from "./dom.js";
import { plain, score } from "./words.js";

const ROW = 34;
const CHUNK = 100;
/** Rows kept above and below those in sight. */
const MARGIN = 15;

/** The rows of a study's trials in a window that scrolls. */
export class TrialsTable {
  /**
   * @param {string} study
   * @param {string} objective
   * @param {string} direction - "max" or "min": the best trials come first
   */
  constructor(study, objective, direction) {
    this.study = study;
    this.objective = objective;
    this.window = /** @type {HTMLElement} */ (byId("trials-window"));
    this.tools = /** @type {HTMLFormElement} */ (byId("trials-tools"));
    this.sort = { column: "score", descending: direction !== "min" };
    this.direction = direction;
    this.reset();
    this.window.addEventListener("scroll", () => this.scrolled());
    this.tools.addEventListener("submit", (event) => event.preventDefault());
    this.tools.addEventListener("input", after(() => this.reload(true), 250));
  }

  reset() {
    /** @type {Map<number, Promise<any[]>>} */
    this.chunks = new Map();
    this.total = 0;
    /** @type {any[]} */
    this.columns = [];
  }

  /** @returns {string} */
  query(offset) {
    const fields = new FormData(this.tools);
    const query = new URLSearchParams({ offset: String(offset), limit: String(CHUNK), descending: String(this.sort.descending) });
    if (this.sort.column) query.set("sort", this.sort.column);
    for (const name of ["search", "state"]) if (fields.get(name)) query.set(name, String(fields.get(name)));
    return query.toString();
  }

  /**
   * Read the table again: rows in sight stay where they are, unless it is another order or filter.
   * @param {boolean} [toTop]
   */
  async reload(toTop = false) {
    const asked = (this.asked = (this.asked ?? 0) + 1);
    const offset = toTop ? 0 : CHUNK * Math.floor(this.firstRow() / CHUNK);
    try {
      const page = await request("GET", ofStudy(this.study, `/trials?${this.query(offset)}`));
      if (asked !== this.asked) return;
      this.chunks = new Map([[offset / CHUNK, Promise.resolve(page.items)]]);
      [this.total, this.columns] = [page.total, page.columns];
      if (toTop) this.window.scrollTop = 0;
      await this.show();
    } catch (error) {
      this.count(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} text */
  count(text) {
    const line = byId("trials-count");
    if (line && line.textContent !== text) line.textContent = text;
  }

  firstRow() {
    return Math.max(0, Math.floor(this.window.scrollTop / ROW) - MARGIN);
  }

  scrolled() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.show();
    });
  }

  /**
   * @param {number} chunk
   * @returns {Promise<any[]>}
   */
  rows(chunk) {
    const known = this.chunks.get(chunk);
    if (known) return known;
    const path = ofStudy(this.study, `/trials?${this.query(chunk * CHUNK)}`);
    const fetched = request("GET", path).then((page) => page.items);
    fetched.catch(() => this.chunks.delete(chunk));
    this.chunks.set(chunk, fetched);
    return fetched;
  }

  /** Put the rows in sight into the page. */
  async show() {
    const showing = (this.showing = (this.showing ?? 0) + 1);
    const [first, last] = [this.firstRow(), Math.min(this.total, Math.ceil((this.window.scrollTop + this.window.clientHeight) / ROW) + MARGIN)];
    const chunks = Array.from({ length: Math.floor(Math.max(last - 1, first) / CHUNK) - Math.floor(first / CHUNK) + 1 }, (_, i) => Math.floor(first / CHUNK) + i);
    const read = this.total ? (await Promise.all(chunks.map((chunk) => this.rows(chunk)))).flat() : [];
    if (showing !== this.showing) return;
    const start = first - chunks[0] * CHUNK;
    this.render(read.slice(start, start + last - first), first);
    const filtered = new FormData(this.tools).get("search") || new FormData(this.tools).get("state");
    this.count(this.total ? `${this.total.toLocaleString("en")} trials${filtered ? " match" : ""}` : filtered ? "No trial matches." : "The first trial appears here as soon as it begins.");
  }

  /**
   * @param {any[]} rows
   * @param {number} first
   */
  render(rows, first) {
    if (!this.total) return this.window.replaceChildren();
    const body = rows.map((row, place) => this.row(row, first + place + 2));
    const space = (count) => (count > 0 ? make("tr", { class: "spacer", "aria-hidden": true }, sized(make("td", { colspan: this.columns.length }), count * ROW)) : null);
    const grid = make("table", { "aria-rowcount": this.total + 1 }, this.head(), make("tbody", {}, space(first), ...body, space(this.total - first - rows.length)));
    const focus = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.column ?? document.activeElement?.getAttribute("href");
    const inside = this.window.contains(document.activeElement);
    this.window.replaceChildren(grid);
    if (inside && focus) /** @type {HTMLElement | null} */ (grid.querySelector(`[data-column="${CSS.escape(focus)}"], a[href="${CSS.escape(focus)}"]`))?.focus({ preventScroll: true });
  }

  head() {
    const cells = this.columns.map(({ name, kind }) => {
      const sorted = this.sort.column === name ? (this.sort.descending ? "descending" : "ascending") : undefined;
      const button = make("button", { type: "button", "data-column": name }, name);
      button.addEventListener("click", () => this.sortBy(name));
      return make("th", { scope: "col", class: kind === "number" ? "number" : undefined, "aria-sort": sorted }, button);
    });
    return make("thead", {}, make("tr", { "aria-rowindex": 1 }, ...cells));
  }

  /** @param {string} column */
  sortBy(column) {
    const same = this.sort.column === column;
    this.sort = { column, descending: same ? !this.sort.descending : column === "score" && this.direction !== "min" };
    this.reload(true);
  }

  row(row, index) {
    const cells = this.columns.map(({ name, kind }) => {
      const text = name === "score" ? score(row[name], this.objective) : plain(row[name]);
      const link = name === "trial" ? make("a", { href: `${ROOT}${ofStudy(this.study, `/trials/${encodeURIComponent(row.trial)}`)}` }, text) : text;
      return make("td", { class: kind === "number" ? "number" : undefined, title: text.length > 24 ? text : undefined }, link);
    });
    return make("tr", { "aria-rowindex": index, class: row.state === "failed" ? "failed" : undefined }, ...cells);
  }
}

/**
 * @param {HTMLElement} element
 * @param {number} height - pixels
 * @returns {HTMLElement}
 */
function sized(element, height) {
  element.style.height = `${height}px`;
  return element;
}
