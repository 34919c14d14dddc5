// The service's events, for as long as the page is open: lost connections are taken up again, with
// longer and longer waits.

const WAITS = [1, 2, 4, 8, 15];
const KINDS = [
  "session", "reading", "fall", "gone", "verdict", "match", "hold", "refused", "seat_view", "proof",
  "release", "order_page", "person", "status", "reset",
];

/** Calls `heard(kind, notice)` for each event, `found()` when there is a connection, `lost(seconds)` when not. */
export function listen({ heard, found, lost }) {
  let tries = 0;
  let source;
  let timer;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource("/api/v1/stream");
    source.onopen = () => {
      tries = 0;
      found();
    };
    source.onerror = () => {
      source.close();
      const wait = WAITS[Math.min(tries, WAITS.length - 1)];
      tries += 1;
      lost(wait);
      timer = setTimeout(open, wait * 1000);
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => heard(kind, read(event.data)));
    }
  }

  open();
  addEventListener("online", open);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && open());
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
