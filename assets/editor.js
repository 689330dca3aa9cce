// Writing an invoice: the server adds up while the owner types, and lines come, go and move without a round trip.
// No amount is ever computed here. Without this file the same buttons submit the form.

const PAUSE_MS = 300;

const form = document.querySelector("#editor");
const list = form.querySelector("[data-lines]");
const totals = form.querySelector("[data-totals-list]");
const parts = form.querySelector("[data-parts]");
const instalments = form.querySelector("[data-instalments]");
const note = form.querySelector("[data-totals-note]");
const lines = () => [...list.querySelectorAll("[data-line]")];

form.querySelector("[data-without-script]").hidden = true;

function element(name, text, ...children) {
  const made = document.createElement(name);
  made.append(text, ...children);
  return made;
}

// Names, labels and buttons carry the position: lines.0.quantity, up.0, "Line 1".
function renumber() {
  const every = lines();
  every.forEach((line, n) => {
    line.setAttribute("aria-label", `Line ${n + 1}`);
    for (const part of line.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
      for (const attribute of ["id", "name", "for", "aria-describedby"]) {
        const old = part.getAttribute(attribute);
        if (old?.startsWith("lines.")) part.setAttribute(attribute, old.replace(/^lines\.\d+/, `lines.${n}`));
      }
    }
    for (const button of line.querySelectorAll('[name="do"]')) {
      const verb = button.value.split(".")[0];
      button.value = `${verb}.${n}`;
      button.disabled = (verb === "up" && n === 0) || (verb === "down" && n === every.length - 1);
      const words = { up: "Move line # up", down: "Move line # down", remove: "Remove line #" };
      button.querySelector("span").textContent = words[verb].replace("#", n + 1);
    }
  });
}

function cleared(line) {
  for (const field of line.querySelectorAll("input, textarea")) {
    field.value = field.name.endsWith(".quantity") ? "1" : "";
    field.removeAttribute("aria-invalid");
  }
  for (const error of line.querySelectorAll(".error")) error.remove();
  line.querySelector("[data-line-amount]").textContent = "";
  return line;
}

function add() {
  const last = lines().at(-1);
  const line = cleared(last.cloneNode(true));
  line.querySelector("select").value = last.querySelector("select").value;
  last.after(line);
  renumber();
  line.querySelector("textarea").focus();
}

function change(verb, line) {
  const every = lines();
  const n = every.indexOf(line);
  if (verb === "up") every[n - 1]?.before(line);
  if (verb === "down") every[n + 1]?.after(line);
  if (verb === "remove") every.length === 1 ? cleared(line) : line.remove();
  renumber();
  const next = verb === "remove" ? lines()[Math.min(n, lines().length - 1)] : line;
  const button = next.querySelector(`[value^="${verb}."]`);
  (button && !button.disabled ? button : next.querySelector("textarea")).focus();
}

// One more instalment: an empty copy of the last, under the next number, of which nothing is stored yet.
function addInstalment(button) {
  const rows = instalments.querySelectorAll("[data-instalment]");
  const row = rows[rows.length - 1].cloneNode(true);
  row.setAttribute("aria-label", `Instalment ${rows.length + 1}`);
  for (const part of row.querySelectorAll("[id], [name], [for], [aria-describedby]")) {
    for (const attribute of ["id", "name", "for", "aria-describedby"]) {
      const old = part.getAttribute(attribute);
      if (old) part.setAttribute(attribute, old.replace(/instalments\.\d+/, `instalments.${rows.length}`));
    }
  }
  for (const field of row.querySelectorAll("input")) {
    field.value = "";
    field.removeAttribute("aria-invalid");
  }
  for (const error of row.querySelectorAll(".error")) error.remove();
  for (const hint of row.querySelectorAll(".hint")) hint.textContent = "On receipt if left empty";
  instalments.append(row);
  button.hidden = rows.length + 1 >= Number(instalments.dataset.most);
  row.querySelector("input").focus();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest('button[name="do"]');
  if (!button) return;
  const verb = button.value.split(".")[0];
  if (verb === "add") add();
  else if (verb === "add_instalment") addInstalment(button);
  else if (["up", "down", "remove"].includes(verb)) change(verb, button.closest("[data-line]"));
  else return;
  event.preventDefault();
  soon();
});

// Enter in the last line opens the next one; elsewhere in a line it goes to the line below.
list.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.shiftKey || event.target.tagName === "BUTTON") return;
  event.preventDefault();
  const every = lines();
  const next = every[every.indexOf(event.target.closest("[data-line]")) + 1];
  if (next) next.querySelector("textarea").focus();
  else add();
});

let timer;
let asked = 0;

function soon() {
  clearTimeout(timer);
  timer = setTimeout(update, PAUSE_MS);
}

async function update() {
  const turn = ++asked;
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.totals, { method: "POST", body }).catch(() => null);
  // An answer to an older question must not replace a newer one.
  if (turn !== asked) return;
  if (!answer?.ok) return say("Totals could not be updated. They will be right when you save.");
  show(await answer.json());
}

function show(computed) {
  lines().forEach((line, n) => (line.querySelector("[data-line-amount]").textContent = computed.lines[n] ?? ""));
  totals.replaceChildren(...rows(computed.totals));
  parts.replaceChildren(...rows(computed.parts));
  parts.hidden = computed.parts.length === 0;
  say(computed.errors?.[0]?.detail ?? "");
}

function rows(list) {
  return list.map(({ label, amount, strong }) => {
    const row = element("div", "", element("dt", label), element("dd", amount));
    row.classList.toggle("total", Boolean(strong));
    return row;
  });
}

function say(text) {
  note.textContent = text;
  note.hidden = text === "";
}

form.addEventListener("input", soon);
form.addEventListener("change", soon);

// A draft that was typed and not saved is worth a question.
let dirty = false;
form.addEventListener("input", () => (dirty = true));
form.addEventListener("submit", () => (dirty = false));
addEventListener("beforeunload", (event) => dirty && event.preventDefault());
