// The service's events, for as long as the page is open: lost connections are taken up again, with
// longer and longer waits.

const WAITS = [1, 2, 4, 8, 15];
// A beat comes every fifteen seconds; a stream without one is dead, whatever the browser believes.
const SILENCE_MAX = 45_000;
const KINDS = [
  "session", "reading", "fall", "gone", "verdict", "match", "hold", "refused", "seat_view", "proof",
  "release", "order_page", "person", "status", "health", "reset",
];

/** Calls `heard(kind, notice)` for each event, `found()` when there is a connection, `lost(seconds)` when not. */
export function listen({ heard, found, lost }) {
  let tries = 0;
  let source;
  let timer;
  let silence;

  function sign() {
    clearTimeout(silence);
    silence = setTimeout(open, SILENCE_MAX);
  }

  function open() {
    clearTimeout(timer);
    sign();
    source?.close();
    source = new EventSource("/api/v1/stream");
    source.onopen = () => {
      tries = 0;
      found();
    };
    source.onerror = () => {
      clearTimeout(silence);
      source.close();
      const wait = WAITS[Math.min(tries, WAITS.length - 1)];
      tries += 1;
      lost(wait);
      timer = setTimeout(open, wait * 1000);
    };
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        sign();
        heard(kind, read(event.data));
      });
    }
    source.addEventListener("beat", sign);
  }

  open();
  addEventListener("online", open);
  addEventListener("pagehide", () => {
    clearTimeout(silence);
    source?.close();
  });
  addEventListener("pageshow", (event) => event.persisted && open());
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
