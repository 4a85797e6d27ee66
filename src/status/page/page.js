// Shows the page anew every second, and passes on its orders. Everything that is shown was written by the task
// (src/status/page.ts); nothing is put together here.

const EVERY_MS = 1000;
const notice = document.querySelector("#notice");

/** @param {string} text */
function tell(text) {
  if (notice !== null) notice.textContent = text;
}

async function refresh() {
  try {
    const answer = await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(5 * EVERY_MS) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [old, now] = [document.querySelector("main"), page.querySelector("main")];
    if (old === null || now === null) throw new Error(`answer ${answer.status}`);
    // A selection is being copied: it stays until it is let go.
    if (getSelection()?.isCollapsed !== false) old.replaceWith(now);
    document.title = page.title;
    if (document.body.classList.contains("lost")) tell("");
    document.body.classList.remove("lost");
  } catch {
    if (!document.body.classList.contains("lost"))
      tell(`The task has not answered since ${new Date().toLocaleTimeString()}: what is shown is old.`);
    document.body.classList.add("lost");
  } finally {
    setTimeout(() => void refresh(), EVERY_MS);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  const { order, task } = button?.dataset ?? {};
  if (order === undefined) return;
  fetch(`/${order}`, { method: "POST", body: JSON.stringify({ task }) })
    .then((answer) => answer.json())
    .then(({ message }) => tell(message))
    .catch(() => tell("The order did not reach the task."));
});

setTimeout(() => void refresh(), EVERY_MS);
