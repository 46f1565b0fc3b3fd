/** Numbers and times as the pages write them; the same rules as in `pages/words.py`. */

/**
 * Tell how long ago something was, such as "3 minutes ago".
 * @param {number} seconds - since 1970
 * @param {number} [now]
 * @returns {string}
 */
export function ago(seconds, now = Date.now() / 1000) {
  const passed = now - seconds;
  if (passed < 45) return passed < -45 ? "later" : "just now";
  for (const [name, size, most] of /** @type {[string, number, number][]} */ ([
    ["minute", 60, 59.5], ["hour", 3600, 23.5], ["day", 86400, 29.5], ["month", 2629800, 11.5], ["year", 31557600, Infinity],
  ])) {
    const count = Math.max(1, Math.round(passed / size));
    if (passed / size < most) return `${count} ${name}${count === 1 ? "" : "s"} ago`;
  }
  return "";
}

/**
 * Tell how long something takes, such as "4 min 10 s".
 * @param {number | null} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return "not known yet";
  if (seconds < 1) return "less than a second";
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours >= 48) return `${Math.round(whole / 86400)} days`;
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return minutes ? (rest && minutes < 10 ? `${minutes} min ${rest} s` : `${minutes} min`) : `${rest} s`;
}

/**
 * Write a value of a metric: shares in percent, others with four decimals.
 * @param {number | null} value
 * @param {string} metric
 * @returns {string}
 */
export function score(value, metric) {
  if (value === null || !Number.isFinite(value)) return "";
  return isShare(metric) && value >= 0 && value <= 1 ? `${(100 * value).toFixed(2)}%` : figure(value);
}

/**
 * Tell whether a metric is a share between 0 and 1.
 * @param {string} metric
 * @returns {boolean}
 */
export function isShare(metric) {
  return /accuracy|precision|recall/.test(metric.toLowerCase()) && !/(loss|error)$/.test(metric.toLowerCase());
}

/**
 * Write a number with the digits that matter.
 * @param {number} value
 * @returns {string}
 */
export function figure(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if ((size > 0 && size < 0.001) || size >= 1e15) return value.toPrecision(3).replace(/\.?0+(e|$)/, "$1");
  const places = size >= 10 ? Math.max(0, 4 - Math.floor(Math.log10(size))) : 4;
  return value.toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places });
}

/**
 * Write any value of a setting.
 * @param {unknown} value
 * @returns {string}
 */
export function plain(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return Array.isArray(value) ? value.map(plain).join(", ") : String(value);
}

/**
 * Write a number of bytes.
 * @param {number} bytes
 * @returns {string}
 */
export function size(bytes) {
  for (const [unit, scale] of /** @type {[string, number][]} */ ([["GB", 1e9], ["MB", 1e6], ["kB", 1e3]])) {
    if (bytes >= scale) return `${(bytes / scale).toFixed(bytes >= 10 * scale ? 0 : 1)} ${unit}`;
  }
  return `${bytes} bytes`;
}

/**
 * Write the count of trials as the headline does.
 * @param {{ completed: number, failed: number, planned: number | null }} trials
 * @returns {string}
 */
export function trialCount({ completed, failed, planned }) {
  return `${(completed + failed).toLocaleString("en")}${planned ? ` of ${planned.toLocaleString("en")}` : ""}`;
}
