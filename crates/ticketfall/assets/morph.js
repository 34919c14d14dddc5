// Makes a part of the page like a fresh one, touching only what differs: focus, scroll, open details
// and what somebody is writing stay as they are.

const WRITTEN = new Set(["value", "checked"]);

/** What a person decides: what is open, and what stands in a field. */
function isTheirs(element, name) {
  return name === "open" || (WRITTEN.has(name) && element.nodeName === "INPUT");
}

/** Makes `old` like `fresh`, which is used up. */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.id !== fresh.id) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  alignAttributes(old, fresh);
  alignChildren(old, fresh);
}

function alignAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!isTheirs(old, name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!isTheirs(old, name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function alignChildren(old, fresh) {
  const named = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let next = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = child.id ? named.get(child.id) : undefined;
    if (known) {
      if (known === next) next = next.nextSibling;
      else old.insertBefore(known, next);
      morph(known, child);
    } else if (next && !next.id && !child.id) {
      const current = next;
      next = next.nextSibling;
      morph(current, child);
    } else {
      old.insertBefore(child, next);
    }
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}
