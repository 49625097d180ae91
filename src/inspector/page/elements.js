// Making elements. What a peer wrote only ever becomes the text of one, with what cannot be seen made visible.

const byId = (id) => document.getElementById(id);

const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
};

/** An element with attributes, listeners (`onclick`) and children; a child that is a string becomes text. */
const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

const drawn = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** Control characters, marks of direction, what has no width, tags and private variation: what a text can hide in. */
const ODD =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]|[\ud800-\udfff]/gu;

/** A text as nodes, in which each odd character is named. Line ends and tabs stay where `lines` says so. */
const visible = (text, { lines = false } = {}) => {
  const whole = String(text);
  const nodes = [];
  let from = 0;
  const put = (at, character) => {
    if (at > from) nodes.push(whole.slice(from, at));
    const name = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    nodes.push(make("span", { class: "odd" }, `U+${name}`));
    from = at + character.length;
  };
  for (const found of whole.matchAll(lines ? ODD : new RegExp(`${ODD.source}|[\\n\\t]`, "gu"))) put(found.index, found[0]);
  if (from < whole.length) nodes.push(whole.slice(from));
  return nodes;
};

const replace = (element, ...children) => {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
};

let toastEnds;
/** Says something for some seconds. */
const say = (text) => {
  replace(byId("toast"), visible(text));
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => replace(byId("toast")), 5000);
};

const copy = async (text, what) => {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied ${what}`);
  } catch {
    say("The browser does not allow copying here");
  }
};

const SIGNS = { valid: ["ok", "✓"], invalid: ["bad", "✗"], missing: ["bad", "∅"], stale: ["warn", "◷"], "key-unavailable": ["warn", "?"], "not-checked": ["plain", "–"] };

/** Which of the four colours a verdict has. */
const tone = (verdict) => (SIGNS[verdict] ?? ["plain"])[0];

/** A verdict as a badge: a colour, a sign and the word. */
const badge = (verdict) => {
  const [colour, sign] = SIGNS[verdict] ?? ["plain", "·"];
  return make("span", { class: `badge ${colour}`, "data-sign": sign }, verdict === "key-unavailable" ? "no key" : verdict === "not-checked" ? "unchecked" : verdict ?? "none");
};
