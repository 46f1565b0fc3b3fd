/** The output of a job, followed while it grows. */
import { request } from "./api.js";
import { byId } from "./dom.js";

const PAUSE = 2000;

/**
 * Fill the element with an id with the log that its `data-log` names, and follow it while it is in sight.
 * @param {string} id
 */
export function followLog(id) {
  const place = byId(id);
  if (!place?.dataset.log) return;
  const read = async () => {
    if (!place.isConnected) return;
    if (!document.hidden && place.offsetParent) await show(place);
    window.setTimeout(read, PAUSE);
  };
  read();
  place.closest("details")?.addEventListener("toggle", () => show(place));
}

/** @param {HTMLElement} place */
async function show(place) {
  try {
    const answer = await request("GET", place.dataset.log ?? "");
    const text = typeof answer === "string" ? answer : (answer?.text ?? (answer?.lines ?? []).join("\n"));
    if (place.textContent === (text || "Nothing has been written yet.")) return;
    const atEnd = place.scrollTop + place.clientHeight >= place.scrollHeight - 20;
    place.textContent = text || "Nothing has been written yet.";
    if (atEnd) place.scrollTop = place.scrollHeight;
  } catch (error) {
    place.textContent = error instanceof Error ? error.message : String(error);
  }
}
