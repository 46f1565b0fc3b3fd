const FEW = 12;  // a column with so many different values at most is filtered from a list
const rows = JSON.parse(document.getElementById("trial-rows").textContent);
for (const row of rows) row.cells = row.cells.map((cell) => (typeof cell === "string" ? [cell, cell] : cell));
const hint = document.getElementById("hint");
const large = document.getElementById("large");
const narrow = matchMedia("(max-width: 640px)");
const marked = new Set();  // the rows of trials, as text

// A cell is its text and what it is sorted by; text of a user must never be read as HTML.
function shown([words, key], type, best) {
  if (type !== "display") return type === "filter" ? words : key;
  const span = Object.assign(document.createElement("span"), { textContent: words });
  if (best) span.append(Object.assign(document.createElement("span"), { className: "star", textContent: " ★ best" }));
  return span;
}
// What a trial is: its name, score and training, and its settings.
const cellOf = (row, name) => row.cells[START.columns.findIndex((column) => column.name === name)]?.[0];
function told(row) {
  const epochs = cellOf(row, "epochs");
  return `${row.cells[0][0]}: ${cellOf(row, "score") || row.state}, ${epochs} ${epochs === "1" ? "epoch" : "epochs"}`;
}
function settings(row) {
  return START.columns.flatMap((column, place) => {
    const words = row.cells[place][0];
    return column.setting && words ? [`${column.name}: ${words}`] : [];
  });
}
const table = new DataTable("#all-trials", {
  data: rows,
  deferRender: true,  // only the rows of the page are made: there may be ten thousand
  columns: [...START.columns.map((column, place) => {
    const few = new Set(rows.map((row) => row.cells[place][0])).size <= FEW;
    return {
      data: "cells",
      className: column.numeric ? "number" : "",
      type: column.numeric ? "num" : "string",
      visible: column.shown,
      orderSequence: place === START.score && START.descending ? ["desc", "asc"] : ["asc", "desc"],
      render: (cells, type, row) => shown(cells[place], type, place === 0 && row.best),
      columnControl: rows.length > 1 ? [[few ? "searchList" : "search"]] : [],
      orderable: rows.length > 1,
    };
  }), { data: "rank", visible: false, searchable: false }],
  createdRow: (element, row, place) => {
    element.dataset.row = place;
    element.title = settings(row).join(", ");
    element.classList.toggle("failed", row.state === "failed");
    element.classList.toggle("best", row.best);
    element.classList.toggle("marked", marked.has(String(place)));
  },
  pageLength: 25,
  lengthMenu: [10, 25, 50, 100],
  paging: rows.length > 10,
  searching: rows.length > 1,
  info: rows.length > 1,
  order: [[START.columns.length, "asc"]],
  scrollX: true,
  fixedColumns: narrow.matches ? false : { start: 1 },
  ordering: { indicators: true, handler: true },
  language: { search: "Filter:", info: "_START_ to _END_ of _TOTAL_ trials", lengthMenu: "_MENU_ trials per page" },
});

// The columns to show.
const chooser = document.getElementById("columns");
START.columns.forEach((column, place) => {
  const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: column.shown });
  box.addEventListener("change", () => table.column(place).visible(box.checked));
  const label = document.createElement("label");
  label.append(box, " ", column.name);
  chooser.append(label);
});

// A trial that is marked is so in every plot and in the table.
const marks = (row) => document.querySelectorAll(`[data-t="${row}"]`);
function mark(row) {
  const on = !marked.delete(row);
  if (on) marked.add(row);
  marks(row).forEach((each) => each.classList.toggle("marked", on));
  table.row(Number(row)).node()?.classList.toggle("marked", on);
}
document.querySelector("#all-trials tbody").addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (row) mark(row.dataset.row);
});

// The trial under the pointer, or close to it: dots are small and lines thin.
const AROUND = [[0, 0], ...[3, 6, 9].flatMap((far) => [[far, 0], [-far, 0], [0, far], [0, -far]])];
function trialAt(event) {
  for (const [x, y] of AROUND) {
    const found = document.elementFromPoint(event.clientX + x, event.clientY + y)?.closest("[data-t]");
    if (found) return found.dataset.t;
  }
  return null;
}
function tell(event) {
  const row = event.target.closest(".plot") ? trialAt(event) : null;
  hint.hidden = row === null;
  if (row === null) return;
  hint.textContent = [told(rows[row]), ...settings(rows[row])].join("\n");
  const { width, height } = hint.getBoundingClientRect();
  hint.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 4))}px`;
  const below = event.clientY + 16;
  hint.style.top = `${below + height < innerHeight ? below : Math.max(4, event.clientY - height - 12)}px`;
  (large.open ? large : document.body).append(hint);
}
document.addEventListener("pointermove", tell);
document.addEventListener("click", (event) => {
  tell(event);
  const row = event.target.closest(".plot") ? trialAt(event) : null;
  if (row !== null) mark(row);
});
addEventListener("scroll", () => { hint.hidden = true; }, { passive: true });

// A plot alone on the screen: the same drawing, as large as the window, scrolled if that is still small.
for (const button of document.querySelectorAll(".enlarge")) {
  button.addEventListener("click", () => {
    const drawing = button.closest("figure").querySelector(".plot.wide").cloneNode(true);
    drawing.removeAttribute("style");
    large.querySelector("div").replaceChildren(drawing);
    large.showModal();
  });
}
large.addEventListener("click", (event) => {
  if (event.target === large || event.target.closest(".close")) large.close();
});
large.addEventListener("close", () => document.body.append(hint));

for (const details of document.querySelectorAll("details.chooser")) {
  document.addEventListener("click", (event) => { if (!details.contains(event.target)) details.open = false; });
}
