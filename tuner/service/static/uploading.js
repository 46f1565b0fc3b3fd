/** Upload a file of data, and tell how far it is. */
import { address, Problem, problemOf } from "./api.js";
import { byId, make } from "./dom.js";
import { clearWrong, tellWrong } from "./forms.js";
import { size } from "./words.js";

/**
 * Upload the chosen file and offer it among the data sets.
 * @param {HTMLFormElement} form
 * @param {HTMLSelectElement} choices
 * @returns {Promise<HTMLOptionElement | null>} the new choice; null if it failed
 */
export async function upload(form, choices) {
  const input = /** @type {HTMLInputElement} */ (byId("upload"));
  const bar = /** @type {HTMLProgressElement} */ (byId("upload-progress"));
  const file = input.files?.[0];
  if (!file) return null;
  clearWrong(form);
  bar.hidden = false;
  input.disabled = true;
  try {
    if (file.size > Number(input.dataset.limit)) throw new Problem(413, `${file.name} has ${size(file.size)}; at most ${size(Number(input.dataset.limit))} can be uploaded. Put it into the folder of data instead.`);
    return offer(choices, await send(file, (share) => (bar.value = share)));
  } catch (error) {
    tellUpload(input, error);
    return null;
  } finally {
    bar.hidden = true;
    input.disabled = false;
  }
}

/**
 * @param {HTMLInputElement} input
 * @param {unknown} error
 */
function tellUpload(input, error) {
  const line = /** @type {HTMLElement} */ (document.querySelector('[data-wrong="upload"]'));
  if (!(error instanceof Problem)) return tellWrong(/** @type {HTMLFormElement} */ (input.form), error);
  line.textContent = error.message;
  line.hidden = false;
  input.setAttribute("aria-invalid", "true");
}

/**
 * Send a file. `fetch` does not tell how far it is.
 * @param {File} file
 * @param {(share: number) => void} tell
 * @returns {Promise<{ name: string, path: string, kind: string }>}
 */
function send(file, tell) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", address(`/uploads?${new URLSearchParams({ name: file.name })}`));
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    sending.upload.addEventListener("progress", (event) => event.lengthComputable && tell(event.loaded / event.total));
    sending.addEventListener("load", () => (sending.status < 300 ? resolve(JSON.parse(sending.responseText)) : reject(problemOf(sending.status, sending.responseText))));
    sending.addEventListener("error", () => reject(new Problem(0, "The upload was cut off. Try again when the service can be reached.")));
    sending.send(file);
  });
}

/**
 * @param {HTMLSelectElement} choices
 * @param {{ name: string, path: string, kind: string }} uploaded
 * @returns {HTMLOptionElement}
 */
function offer(choices, uploaded) {
  const known = [...choices.options].find((option) => option.value === uploaded.path);
  if (known) return known;
  let group = choices.querySelector('optgroup[label="Uploaded"]');
  if (!group) choices.append((group = make("optgroup", { label: "Uploaded" })));
  const option = /** @type {HTMLOptionElement} */ (make("option", { value: uploaded.path, "data-kind": uploaded.kind }, uploaded.name));
  group.append(option);
  return option;
}
