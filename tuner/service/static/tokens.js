/** The page of shared tokens: a new one is shown once, in a dialog. */
import { ROOT } from "./api.js";
import { byId } from "./dom.js";

document.addEventListener("sent", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.id !== "make-token") return;
  const { token } = /** @type {CustomEvent} */ (event).detail;
  /** @type {HTMLInputElement} */ (byId("made-token")).value = token;
  /** @type {HTMLInputElement} */ (byId("made-link")).value = `${location.origin}${ROOT}/login?token=${token}`;
  /** @type {HTMLDialogElement} */ (byId("made")).showModal();
  form.reset();
});

byId("made")?.addEventListener("close", () => {
  for (const id of ["made-token", "made-link"]) /** @type {HTMLInputElement} */ (byId(id)).value = "";
});
