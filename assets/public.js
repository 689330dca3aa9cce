// Copy buttons, and the page that waits for a payment; the owner's pages with either of them load it too. All of it is a
// convenience: without it the values can be selected by hand, and the waiting page loads itself again.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 2000);
    } catch {
      // Not allowed, or not over HTTPS: the text is selected, and the keyboard copies it.
      getSelection().selectAllChildren(button.previousElementSibling ?? button.parentElement);
    }
  });
}

const FIRST_MS = 1500;
const LONGEST_MS = 20_000;
const GIVE_UP_MS = 15 * 60_000;
// What the page shows already, and will show again if it is loaded now.
const WAITING = ["pending", "unpaid"];

const waiting = document.querySelector("[data-poll]");
if (waiting) poll(waiting);

function poll(element) {
  const began = Date.now();
  let delay = FIRST_MS;
  let timer = setTimeout(ask, delay);

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) ask();
  });

  async function ask() {
    const status = await statusAt(element.dataset.poll, element.dataset.due);
    if (status && !WAITING.includes(status) && status !== history.state?.seen) return reloadFor(status);
    if (Date.now() - began > GIVE_UP_MS) return giveUp(element);
    delay = Math.min(delay * 1.5, LONGEST_MS);
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, delay);
  }
}

// An invoice that is paid in parts stays open when a part has come; then less is due than the page knows of.
function statusAt(url, due) {
  return fetch(url, { cache: "no-store" })
    .then((answer) => (answer.ok ? answer.json() : {}))
    .then(({ status, amount_due: left }) => (due && left < due ? `${status} ${left}` : status))
    .catch(() => undefined);
}

// Remembers why, so that a page that stays as it is does not load itself for ever.
function reloadFor(status) {
  history.replaceState({ seen: status }, "");
  location.reload();
}

function giveUp(element) {
  element.querySelector("[data-wait]")?.setAttribute("hidden", "");
  element.querySelector("[data-late]")?.removeAttribute("hidden");
}
