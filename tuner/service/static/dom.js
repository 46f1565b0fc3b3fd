/** Build elements and find them; names and texts of users become text, never HTML. */

/**
 * Return a new element.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | undefined>} [attributes] - true is an empty attribute, false none
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * Return the element with an id, as the kind that is expected; null if there is none.
 * @template {HTMLElement} T
 * @param {string} id
 * @returns {T | null}
 */
export function byId(id) {
  return /** @type {T | null} */ (document.getElementById(id));
}

/**
 * Return a table with headings; a column whose values are all numbers or missing is set to the right.
 * @param {string[]} head
 * @param {(string | number | null)[][]} rows
 * @param {(value: string | number | null, column: number) => string} [text]
 * @returns {HTMLTableElement}
 */
export function table(head, rows, text = (value) => (value === null ? "" : String(value))) {
  const numeric = head.map((_, column) => rows.every((row) => row[column] === null || typeof row[column] === "number"));
  const classOf = (column) => (numeric[column] ? "number" : undefined);
  const headings = head.map((name, column) => make("th", { scope: "col", class: classOf(column) }, name));
  const body = rows.map((row) =>
    make("tr", {}, ...row.map((value, column) => make("td", { class: classOf(column) }, text(value, column)))),
  );
  return /** @type {HTMLTableElement} */ (
    make("table", {}, make("thead", {}, make("tr", {}, ...headings)), make("tbody", {}, ...body))
  );
}

/**
 * Return a function that calls another once no call has come for a while.
 * @template {any[]} A
 * @param {(...given: A) => void} call
 * @param {number} pause - milliseconds
 * @returns {(...given: A) => void}
 */
export function after(call, pause) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => call(...given), pause);
  };
}

/**
 * Tell something in a corner of the page for some seconds.
 * @param {string} text
 * @param {{ name: string, address: string }} [link]
 */
export function say(text, link) {
  const toast = make("div", { class: "toast" }, text, link ? " " : null, link ? make("a", { href: link.address }, link.name) : null);
  byId("toasts")?.replaceChildren(toast);
  window.setTimeout(() => toast.remove(), 8000);
}
