/** Keep a page up to date: one stream of events, and the parts of the page that are rendered anew. */
import { address, request } from "./api.js";
import { byId } from "./dom.js";

const LONGEST_WAIT = 15000;
const PAUSE = 1500;
/** A refresh of the page may take at most this share of the time. */
const SHARE = 0.1;
/** Milliseconds that a page is out of date at most, however slow the machine. */
const LONGEST_PAUSE = 10000;
/** The event by which a page whose subject is gone ends its streams. */
const GONE = "gone";

/** Events of the service; the browser holds few connections to a server, so that only a page that is seen listens. */
export class Stream {
  /**
   * @param {string} path
   * @param {Record<string, (data: any) => void>} listeners - by the kind of event
   * @param {() => void} returned - called when the connection is there again, since events may have been missed
   */
  constructor(path, listeners, returned) {
    this.path = path;
    this.listeners = listeners;
    this.returned = returned;
    this.wait = 1000;
    this.opened = false;
    /** @type {EventSource | null} */
    this.source = null;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    document.addEventListener(GONE, () => this.end());
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.open());
    if (!document.hidden) this.open();
  }

  /** Connect, unless it is connected. */
  open() {
    if (this.source || this.ended) return;
    this.source = new EventSource(address(this.path));
    this.source.addEventListener("open", () => this.connected());
    this.source.addEventListener("error", () => this.lost());
    for (const [kind, listener] of Object.entries(this.listeners)) {
      this.source.addEventListener(kind, (event) => listener(event.data ? JSON.parse(event.data) : null));
    }
  }

  /** Disconnect until the page is seen again. */
  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /** Disconnect for good: nothing more will happen. */
  end() {
    this.ended = true;
    clearTimeout(this.warning);
    this.close();
    tellConnection("");
  }

  connected() {
    clearTimeout(this.warning);
    tellConnection("");
    if (this.opened) this.returned();
    this.opened = true;
    this.wait = 1000;
  }

  lost() {
    if (this.ended || document.hidden) return;
    clearTimeout(this.warning);
    this.warning = window.setTimeout(() => tellConnection("The connection to the service is lost. Trying again …"), PAUSE);
    if (this.source?.readyState === EventSource.CONNECTING) return; // the browser tries again by itself
    this.close();
    // Who was signed out meanwhile is led to the login. If the service is there but refuses, the page is looked at anew.
    request("GET", "/me").then(() => this.returned(), () => undefined);
    this.timer = window.setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
  }
}

/**
 * Show or hide the line about the connection.
 * @param {string} text
 */
function tellConnection(text) {
  const line = byId("connection");
  if (!line) return;
  line.textContent = text;
  line.hidden = !text;
}

/** Renders the page anew now and then: at once at first, then less often the longer it takes. */
export class Refresher {
  /** @param {(() => void | Promise<void>)[]} more - what else to bring up to date */
  constructor(...more) {
    this.more = more;
    this.pause = PAUSE;
    this.next = 0;
    this.timer = 0;
    this.busy = false;
  }

  /** Ask for a refresh; many calls in a short time are one. */
  ask() {
    if (this.timer || document.hidden) return;
    this.timer = window.setTimeout(() => this.refresh(), Math.max(0, this.next - Date.now()));
  }

  /** Refresh now. */
  async refresh() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.busy) return this.ask();
    this.busy = true;
    const begun = Date.now();
    try {
      await Promise.all([refreshParts(), ...this.more.map((update) => update())]);
    } catch (error) {
      console.warn(error);
    } finally {
      this.busy = false;
      this.next = Date.now() + Math.min(Math.max(this.pause, (Date.now() - begun) / SHARE), LONGEST_PAUSE);
    }
  }
}

/**
 * Fetch this page and replace its live parts that have changed.
 * @returns {Promise<void>}
 */
export async function refreshParts() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.redirected && !sameAddress(answer.url)) return location.assign(answer.url);
  if (answer.status === 404) return gone();
  if (!answer.ok) return undefined;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    const { becomes } = /** @type {HTMLElement} */ (part).dataset;
    if (becomes && fresh.getElementById(becomes)) return location.reload(); // another page now, with modules of its own
    if (next) replacePart(part, next);
  }
  document.dispatchEvent(new Event("refreshed"));
}

/** Show that what this page is about is gone, but leave a text that is not saved where it can be copied. */
function gone() {
  document.dispatchEvent(new Event(GONE));
  const unsaved = [...document.querySelectorAll("textarea")].some(({ value, defaultValue }) => value !== defaultValue);
  if (unsaved) tellConnection("This was renamed or deleted elsewhere. Copy what you have typed: it cannot be saved here.");
  else location.reload();
}

/**
 * @param {string} url
 * @returns {boolean}
 */
function sameAddress(url) {
  return new URL(url).pathname === location.pathname;
}

/**
 * Replace a part, keeping what its reader does: an open dialog or menu, boxes that are ticked, the focus.
 * @param {Element} part
 * @param {Element} next
 */
function replacePart(part, next) {
  if (part.querySelector("dialog[open]") || isBeingFilled(part)) return;
  keepState(part, next);
  if (part.isEqualNode(next)) return;
  const focus = part.contains(document.activeElement) ? pathTo(document.activeElement) : "";
  part.replaceChildren(...next.childNodes);
  if (focus) /** @type {HTMLElement | null} */ (part.querySelector(focus))?.focus();
}

/**
 * @param {Element} part
 * @returns {boolean}
 */
function isBeingFilled(part) {
  const active = document.activeElement;
  return active instanceof HTMLElement && part.contains(active) && active.matches("textarea, select, input:not([type=checkbox], [type=radio])");
}

/**
 * @param {Element} part
 * @param {Element} next
 */
function keepState(part, next) {
  for (const details of part.querySelectorAll("details[id]")) {
    next.querySelector(`#${CSS.escape(details.id)}`)?.toggleAttribute("open", /** @type {HTMLDetailsElement} */ (details).open);
  }
  for (const box of part.querySelectorAll("input[type=checkbox][name]")) {
    const { name, value, checked } = /** @type {HTMLInputElement} */ (box);
    const same = next.querySelector(`input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
    same?.toggleAttribute("checked", checked);
    box.toggleAttribute("checked", checked);
  }
}

/**
 * Return a selector of an element inside its live part.
 * @param {Element | null} element
 * @returns {string}
 */
function pathTo(element) {
  if (!element) return "";
  if (element.id) return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute("href");
  if (href) return `a[href="${CSS.escape(href)}"]`;
  const dialog = element.getAttribute("data-dialog");
  if (dialog) return `[data-dialog="${CSS.escape(dialog)}"]`;
  const name = element.getAttribute("name");
  return name ? `[name="${CSS.escape(name)}"][value="${CSS.escape(element.getAttribute("value") ?? "")}"]` : "";
}
