// JSON with its text kept: numbers as written, keys in their order and as often as they come.

class NotJson extends Error {}

const MAX_DEPTH = 200;

/** The document as nodes: `{ kind, text, pointer, key, items }`. Throws where the text is no JSON. */
const readJson = (text) => {
  let at = 0;
  const fail = (what) => {
    throw new NotJson(`${what} at character ${at + 1}`);
  };
  const space = () => {
    while (at < text.length && " \t\n\r".includes(text[at])) at += 1;
  };
  const scalar = (pattern, what) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) fail(what);
    at += found[0].length;
    return found[0];
  };
  // Scanned by hand: a pattern runs out of stack on a long one.
  const string = () => {
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
    const written = text.slice(at, end + 1);
    let meant;
    try {
      meant = JSON.parse(written);
    } catch {
      fail("no string");
    }
    if (typeof meant !== "string") fail("no string");
    at = end + 1;
    return [written, meant];
  };
  const value = (pointer, depth) => {
    if (depth > MAX_DEPTH) fail("nested too deeply");
    space();
    const first = text[at];
    if (first === "{" || first === "[") return container(pointer, depth, first === "{");
    if (first === '"') {
      const [written, meant] = string();
      return { kind: "string", text: written, meant, pointer };
    }
    const word = scalar(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y, "no value");
    return { kind: /^[tfn]/.test(word) ? "word" : "number", text: word, pointer };
  };
  const container = (pointer, depth, isObject) => {
    const close = isObject ? "}" : "]";
    const items = [];
    at += 1;
    space();
    if (text[at] === close) {
      at += 1;
      return { kind: isObject ? "object" : "array", items, pointer };
    }
    for (;;) {
      space();
      let key = String(items.length);
      if (isObject) {
        [, key] = string();
        space();
        if (text[at] !== ":") fail("no colon");
        at += 1;
      }
      const below = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      items.push({ ...value(below, depth + 1), key: isObject ? key : undefined });
      space();
      if (text[at] === close) {
        at += 1;
        return { kind: isObject ? "object" : "array", items, pointer };
      }
      if (text[at] !== ",") fail("no comma");
      at += 1;
    }
  };
  const root = value("", 0);
  space();
  if (at < text.length) fail("something more");
  return root;
};
