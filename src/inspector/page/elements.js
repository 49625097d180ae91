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

/** The most characters of one text that become elements at once: a peer may send millions that each need one. */
const AT_ONCE = 20_000;

/** Where a piece of a text that begins at `from` ends: not within a character. */
const endOfPiece = (text, from) => {
  const end = Math.min(text.length, from + AT_ONCE);
  return end < text.length && /[\ud800-\udbff]/.test(text[end - 1]) ? end - 1 : end;
};

const pieceOf = (text, lines) => {
  const nodes = [];
  let from = 0;
  const put = (at, character) => {
    if (at > from) nodes.push(text.slice(from, at));
    const name = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    nodes.push(make("span", { class: "odd" }, `U+${name}`));
    from = at + character.length;
  };
  for (const found of text.matchAll(lines ? ODD : new RegExp(`${ODD.source}|[\\n\\t]`, "gu"))) put(found.index, found[0]);
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
};

/** A text as nodes, in which each odd character is named; of a very long one, the beginning. */
const visible = (text) => {
  const whole = String(text);
  const end = endOfPiece(whole, 0);
  const nodes = pieceOf(whole.slice(0, end), false);
  if (end < whole.length) nodes.push(`… and ${counted(whole.length - end, "more character", "more characters")}`);
  return nodes;
};

/** The same for a text that may be long, all of which can be seen, piece by piece. Line ends and tabs stay where `lines` says so. */
const readable = (text, { lines = false } = {}) => {
  const whole = String(text);
  const end = endOfPiece(whole, 0);
  const nodes = pieceOf(whole.slice(0, end), lines);
  if (end < whole.length) nodes.push(moreOf(whole, end, lines));
  return nodes;
};

/** A button that puts the next piece of a text in front of itself. */
const moreOf = (text, from, lines) => {
  const label = (at) => `Show more (${counted(text.length - at, "character")} left)`;
  const button = make("button", { type: "button", class: "quiet", onclick: () => {
    const end = endOfPiece(text, from);
    button.before(...pieceOf(text.slice(from, end), lines));
    from = end;
    if (from < text.length) button.textContent = label(from);
    else button.remove();
  } }, label(from));
  return button;
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
