// The browser's own notifications, for whoever asked for them here: seats that are held, and people who
// are needed. Each thing is told once.

const KEY = "ticketfall-tell";
const button = document.getElementById("tell");

export function offerNotifications() {
  if (!("Notification" in window) || !button) return;
  button.hidden = false;
  show();
  button.addEventListener("click", async () => {
    if (isWanted()) localStorage.removeItem(KEY);
    else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(KEY, "yes");
    show();
  });
}

/** Tells what a notice means for a person, if it means anything and somebody asked. */
export function tell(kind, notice) {
  const words = isWanted() ? inWords(kind, notice) : undefined;
  if (!words) return;
  const [title, body] = words;
  const note = new Notification(title, { body, tag: `${kind}-${notice.profile}-${notice.at}`, icon: "/assets/mark.svg" });
  note.onclick = () => {
    focus();
    location.assign(`/members/${encodeURIComponent(notice.profile)}`);
  };
}

function isWanted() {
  return localStorage.getItem(KEY) === "yes" && Notification.permission === "granted";
}

function show() {
  const isOn = isWanted();
  button.setAttribute("aria-pressed", String(isOn));
  button.textContent = isOn ? "Notifying here" : "Notify me here";
  button.disabled = Notification.permission === "denied";
  button.title = button.disabled ? "This browser was told to show no notifications of this page." : "";
}

function inWords(kind, notice) {
  if (kind === "proof" && notice.result === "proven") {
    return [`Held for ${notice.profile}`, `${notice.seats.join("; ")}. Pay in the browser.`];
  }
  if (kind === "person") return [`${notice.profile} needs you`, notice.ask];
  if (kind === "match") return [`Seats fit ${notice.profile}`, notice.seats];
  if (kind === "status" && notice.status === "Blocked") return [`${notice.profile} was blocked`, notice.reason ?? ""];
  return undefined;
}
