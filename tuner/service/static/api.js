/** Requests of the service, and the words for what goes wrong. */

/** Part of a path before every address of the service: "" or such as "/search". */
export const ROOT = document.documentElement.dataset.root ?? "";

/** An answer that is an error: `detail` says what is wrong, `next` what to do. */
export class Problem extends Error {
  /**
   * @param {number} status - 0 if there was no answer
   * @param {string} detail
   * @param {string} [next]
   */
  constructor(status, detail, next = "") {
    super(next && !detail.includes(next) ? `${detail} ${next}` : detail);
    this.status = status;
  }
}

/**
 * Return the address of a route of the API.
 * @param {string} path - such as "/studies"
 * @returns {string}
 */
export function address(path) {
  return `${ROOT}/api/v1${path}`;
}

/**
 * Return the path of a study, with its name made safe.
 * @param {string} study
 * @param {string} [rest]
 * @returns {string}
 */
export function ofStudy(study, rest = "") {
  return `/studies/${encodeURIComponent(study)}${rest}`;
}

/**
 * Send a request and return the answer's JSON, or null if it has none.
 * @param {string} method
 * @param {string} path
 * @param {object | Blob} [body] - an object is sent as JSON
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export async function request(method, path, body, signal) {
  const raw = body instanceof Blob;
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = raw ? body.type || "application/octet-stream" : "application/json";
  const content = body === undefined || raw ? body : JSON.stringify(body);
  const answer = await reached(() => fetch(address(path), { method, headers, body: content, signal }));
  if (answer.status === 401 && path !== "/login") location.assign(`${ROOT}/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const text = await answer.text();
  if (!answer.ok) throw problemOf(answer.status, text);
  return text ? JSON.parse(text) : null;
}

/**
 * Return the problem that the body of an answer describes.
 * @param {number} status
 * @param {string} text
 * @returns {Problem}
 */
export function problemOf(status, text) {
  try {
    const { detail, title, next } = JSON.parse(text);
    return new Problem(status, String(detail ?? title), next);
  } catch {
    return new Problem(status, `The service answered with an error (${status}). Try again; its log says more.`);
  }
}

/**
 * @param {() => Promise<Response>} send
 * @returns {Promise<Response>}
 */
async function reached(send) {
  try {
    return await send();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "The service cannot be reached. Is it still running? Try again when it is.");
  }
}
