// Times that count: what is left, and what has passed, by the service's clock.

let ahead = 0;

/** Takes the service's time, so that a clock of this machine that is wrong does no harm. */
export function setClock(now) {
  if (Number.isFinite(now)) ahead = now - Date.now();
}

/** Writes every time as of now. */
export function tick() {
  const now = Date.now() + ahead;
  for (const time of document.querySelectorAll("time[data-until]")) {
    write(time, countdown(Math.max(0, time.dataset.until - now)));
  }
  for (const time of document.querySelectorAll("time[data-since]")) {
    write(time, lasted(Math.max(0, now - time.dataset.since)));
  }
}

function write(time, text) {
  if (time.textContent !== text) time.textContent = text;
}

function countdown(millis) {
  const seconds = Math.floor(millis / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return `${hours ? `${hours}:` : ""}${two(minutes)}:${two(seconds % 60)}`;
}

function lasted(millis) {
  const seconds = Math.floor(millis / 1000);
  const pair = (whole, unit, rest, small) => (rest ? `${whole} ${unit} ${rest} ${small}` : `${whole} ${unit}`);
  if (seconds < 1) return millis ? `0.${Math.floor(millis / 100)} s` : "0 s";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), "min", seconds % 60, "s");
  if (seconds < 86400) return pair(Math.floor(seconds / 3600), "h", Math.floor((seconds % 3600) / 60), "min");
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "1 day" : `${days} days`;
}
