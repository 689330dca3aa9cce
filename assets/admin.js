// What makes the owner's pages quicker: keys, questions as dialogs, messages that leave by themselves.
// Nothing here is needed: every link and form works without it. Text enters the page as text only.

const TOAST_MS = 10_000;
const SEQUENCE_MS = 1200;
const SAMPLE_MS = 200;
const PLACES = {
  t: "/admin",
  i: "/admin/invoices",
  c: "/admin/customers",
  p: "/admin/payments",
  r: "/admin/review",
  o: "/admin/outbox",
  s: "/admin/settings/business",
};

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector) => document.querySelector(selector);

one("[data-focus]")?.focus();
one(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

for (const button of all("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.textContent = shown ? "Show" : "Hide";
    button.setAttribute("aria-pressed", String(!shown));
  });
}

// What the next documents of each sort would be called, worked out by the server while a pattern is typed.
const samples = all("[data-sample]");
if (samples.length > 0) {
  const form = samples[0].closest("form");
  let timer;
  let asked = 0;
  const update = async () => {
    const turn = ++asked;
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch("/admin/settings/numbering/sample", { method: "POST", body }).catch(() => null);
    if (turn !== asked || !answer?.ok) return;
    const names = await answer.json();
    // What stays as it is must not be read out again.
    for (const place of samples.filter((place) => place.textContent !== names[place.dataset.sample])) {
      place.textContent = names[place.dataset.sample];
    }
  };
  form.querySelector("[data-without-script]").hidden = true;
  form.addEventListener("input", ({ target }) => {
    if (!/(^|_)(pattern|next)$/.test(target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(update, SAMPLE_MS);
  });
}

// A message with Undo in it stays while the pointer or the focus is on it.
const toast = one("[data-toast]");
if (toast) {
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, TOAST_MS);
}

function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

// The same question that the link's own page asks.
function ask({ confirm, title, text, button, tone, reason }) {
  const form = element("form", { method: "post", action: confirm, className: "stack" });
  form.append(element("h2", { id: "question", textContent: title }), element("p", { textContent: text }));
  if (reason) {
    const label = element("label", { htmlFor: "reason", textContent: reason });
    const input = element("input", { id: "reason", name: "reason", autocomplete: "off" });
    form.append(element("div", { className: "field" }, label, input));
  }
  const go = element("button", { type: "submit", className: `button ${tone === "bad" ? "destroy" : "primary"}`, textContent: button });
  const stay = element("button", { type: "button", className: "button quiet", textContent: "Cancel" });
  form.append(element("p", { className: "actions" }, go, stay));
  const dialog = element("dialog", { className: "dialog" }, form);
  dialog.setAttribute("aria-labelledby", "question");
  stay.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-confirm]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  ask(link.dataset);
});

const rows = all("[data-rows] tbody tr, ul[data-rows] > li");
let current = -1;

function step(by) {
  if (rows.length === 0) return;
  rows[current]?.classList.remove("current");
  current = Math.min(Math.max(current + by, 0), rows.length - 1);
  const row = rows[current];
  row.classList.add("current");
  row.scrollIntoView({ block: "nearest" });
  row.querySelector("a, button")?.focus({ preventScroll: true });
}

const press = (key) => one(`[data-key="${key}"]`)?.click();
const KEYS = {
  "/": () => one("[data-search]")?.focus(),
  "?": () => one("#keys")?.showModal(),
  j: () => step(1),
  k: () => step(-1),
  o: () => rows[current]?.querySelector("a")?.click(),
  c: () => (one('[data-key="c"]') ? press("c") : location.assign("/admin/invoices/new")),
  e: () => press("e"),
  s: () => press("s"),
};

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
let going = 0;

function shortcut(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || one("dialog[open]")) return;
  const { key } = event;
  if (Date.now() - going < SEQUENCE_MS && key in PLACES) return location.assign(PLACES[key]);
  going = key === "g" ? Date.now() : 0;
  if (!(key in KEYS)) return;
  event.preventDefault();
  KEYS[key]();
}

if ("shortcuts" in document.body.dataset) document.addEventListener("keydown", shortcut);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form[data-save]");
  form?.requestSubmit(form.querySelector('[name="do"][value="save"]') ?? undefined);
});

// A code of six digits is sent with its last one, once: a second time it would be refused.
const coded = one("form[data-code]");
if (coded) {
  let sent = false;
  coded.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => (sent = false));
  coded.elements.code.addEventListener("input", ({ target }) => {
    if (/^\d{6}$/.test(target.value.replace(/\s/g, ""))) coded.requestSubmit();
  });
}
