/** Runs before the page is there: what is sent before the modules are loaded waits for them. */
document.addEventListener(
  "submit",
  (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.hasAttribute("data-api") || document.documentElement.dataset.ready !== undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.addEventListener("ready", () => form.requestSubmit(), { once: true });
  },
  true,
);
