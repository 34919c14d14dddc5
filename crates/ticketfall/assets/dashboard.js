// Keeps the page as fresh as the service is. Without it pages still can be read, and forms sent.

import { morph } from "./morph.js";
import { listen } from "./stream.js";
import { offerNotifications, tell } from "./tell.js";
import { setClock, tick } from "./times.js";

const REFRESH_EVERY = 1000;
const CALM_EVERY = 15000;
const lostLine = document.getElementById("lost");

let refreshedAt = 0;
let timer;
let isReading = false;
let isStale = false;

/** Reads the page again, soon but not too often. */
function refresh(every = REFRESH_EVERY) {
  isStale = true;
  if (timer || isReading || document.hidden) return;
  timer = setTimeout(read, Math.max(0, refreshedAt + every - Date.now()));
}

async function read() {
  timer = undefined;
  isReading = true;
  isStale = false;
  refreshedAt = Date.now();
  try {
    const page = document.getElementById("main")?.dataset.page ?? location.href;
    const answer = await fetch(page, { headers: { accept: "text/html" }, cache: "no-store" });
    if (answer.status === 401) return signedOut();
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The stream notices, and says so.
  } finally {
    isReading = false;
    if (isStale) refresh();
  }
}

function take(fresh) {
  for (const part of document.querySelectorAll("[data-live][id]")) {
    const next = fresh.getElementById(part.id);
    if (next) morph(part, document.adoptNode(next));
  }
  document.title = titled(fresh.title);
  setClock(Number(document.getElementById("seeing")?.dataset.now));
  tick();
}

/** The tab says it, too, when somebody is needed or has seats. */
function titled(title) {
  const calls = document.querySelectorAll("#calls .call").length;
  return calls ? `(${calls}) ${title}` : title;
}

function signedOut() {
  lostLine.hidden = false;
  lostLine.textContent = "This browser is no longer signed in. Run `ticketfall dashboard` and open the link that it prints.";
}

function looked(notice) {
  const last = document.querySelector("#seeing time[data-since]");
  if (!last) return refresh();
  last.dataset.since = Date.parse(notice.at);
  refresh(CALM_EVERY);
}

listen({
  heard(kind, notice) {
    if (kind === "reading") looked(notice);
    else refresh();
    tell(kind, notice);
  },
  found() {
    lostLine.hidden = true;
    document.documentElement.dataset.stream = "open";
    refresh(0);
  },
  lost(seconds) {
    document.documentElement.dataset.stream = "lost";
    lostLine.hidden = false;
    lostLine.textContent = `Connection lost, trying again in ${seconds} s. What is shown may be old.`;
  },
});

document.addEventListener("visibilitychange", () => !document.hidden && refresh(0));

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const words = event.target.closest?.("[data-tip]")?.dataset.tip;
    const tip = document.getElementById("tip");
    if (words && tip) tip.textContent = words;
  });
}

for (const input of document.querySelectorAll("input[data-fills]")) {
  input.closest("[hidden]")?.removeAttribute("hidden");
  input.addEventListener("change", async () => {
    input.form.elements[input.dataset.fills].value = (await input.files[0]?.text()) ?? "";
  });
}

// An update of cookies tells nothing over the stream; its page asks while one goes on.
setInterval(() => document.querySelector("#job .badge.looking") && refresh(), 1000);

for (const scroll of document.querySelectorAll(".scroll.end")) scroll.scrollLeft = scroll.scrollWidth;
setClock(Number(document.getElementById("seeing")?.dataset.now));
document.title = titled(document.title);
setInterval(tick, 250);
tick();
offerNotifications();
