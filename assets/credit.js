// Writing a credit note: the server works out what it comes to while the owner types, and only the fields of the chosen
// way are shown. No amount is ever computed here. Without this file the same buttons submit the form.

const PAUSE_MS = 300;

const form = document.querySelector("#credit");
const mode = form.querySelector("#mode");
const totals = form.querySelector("[data-totals-list]");
const note = form.querySelector("[data-totals-note]");

form.querySelector("[data-without-script]").hidden = true;

function arrange() {
  for (const part of form.querySelectorAll("[data-mode]")) part.hidden = part.dataset.mode !== mode.value;
}

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
  if (!answer?.ok) return say("Totals could not be updated. They will be right when you go on.");
  const computed = await answer.json();
  totals.replaceChildren(...computed.totals.map(row));
  say(computed.errors?.[0]?.detail ?? "");
}

function row({ label, amount, strong }) {
  const [made, term, sum] = ["div", "dt", "dd"].map((name) => document.createElement(name));
  term.textContent = label;
  sum.textContent = amount;
  made.append(term, sum);
  made.classList.toggle("total", Boolean(strong));
  return made;
}

function say(text) {
  note.textContent = text;
  note.hidden = text === "";
}

form.addEventListener("input", soon);
form.addEventListener("change", () => {
  arrange();
  soon();
});
arrange();
