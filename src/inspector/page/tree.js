// An entity as a tree, with what is wrong with it in its place.

const MAX_ITEMS = 200;

const noteOf = (violation) =>
  make(
    "div",
    { class: `note ${violation.level === "note" ? "note-level" : violation.level}` },
    make("b", {}, `${violation.level} ${violation.code}`),
    ` line ${violation.line}, column ${violation.column}: `,
    visible(violation.found),
    make("div", { class: "soft" }, visible(violation.rule)),
    violation.fix && make("div", {}, make("b", {}, "Fix: "), visible(violation.fix)),
  );

const nameOf = (node) => (node.key === undefined ? [] : [make("span", { class: "name" }, visible(JSON.stringify(node.key))), ": "]);

const scalarOf = (node) => make("span", { class: node.kind === "string" ? "text" : node.kind === "word" ? "word" : "" }, readable(node.text));

/** A node and what is below it; what is folded is made when it is opened. */
const branch = (node, byPointer, depth) => {
  const wrong = byPointer.get(node.pointer) ?? [];
  const state = ["error", "warning"].find((level) => wrong.some((violation) => violation.level === level));
  const mark = { error: "wrong", warning: "doubtful" }[state];
  const notes = wrong.map(noteOf);
  if (node.items === undefined || node.items.length === 0) {
    const value = node.items === undefined ? scalarOf(node) : node.kind === "object" ? "{}" : "[]";
    return make("li", { class: mark }, make("span", { class: "item" }, nameOf(node), value), notes);
  }
  const [open, close] = node.kind === "object" ? "{}" : "[]";
  const below = make("ul");
  const details = make(
    "details",
    { class: mark },
    make("summary", {}, nameOf(node), open, make("span", { class: "hint" }, ` ${counted(node.items.length, node.kind === "object" ? "field" : "item")} `), close),
    notes,
    below,
  );
  let from = 0;
  const more = () => {
    const items = node.items.slice(from, from + MAX_ITEMS);
    from += items.length;
    below.append(...items.map((item) => branch(item, byPointer, depth + 1)));
    const left = node.items.length - from;
    if (left > 0) {
      const button = make("button", { type: "button", class: "quiet", onclick: () => { button.parentElement.remove(); more(); } }, `${Math.min(left, MAX_ITEMS)} more of ${left}`);
      below.append(make("li", {}, button));
    }
  };
  const unfold = () => {
    if (from === 0) more();
  };
  const holdsWrong = [...byPointer.keys()].some((pointer) => pointer.startsWith(`${node.pointer}/`));
  if (depth < 3 || holdsWrong) {
    details.open = true;
    unfold();
  }
  details.addEventListener("toggle", unfold);
  return make("li", {}, details);
};

/** The violations by the place that they stand at: what is missing has none of its own, and stands where it would be. */
const placed = (root, violations) => {
  const there = new Set();
  const walk = (node) => {
    there.add(node.pointer);
    node.items?.forEach(walk);
  };
  walk(root);
  const byPointer = new Map();
  for (const violation of violations) {
    let { pointer } = violation;
    while (!there.has(pointer)) pointer = pointer.slice(0, Math.max(0, pointer.lastIndexOf("/")));
    byPointer.set(pointer, [...(byPointer.get(pointer) ?? []), violation]);
  }
  return byPointer;
};

/** The tree of an entity, or its text where it is no JSON. */
const entityTree = (entity) => {
  let root;
  try {
    root = readJson(entity.text);
  } catch (error) {
    if (!(error instanceof NotJson) && !(error instanceof SyntaxError)) throw error;
    return [
      make("p", {}, `This is no JSON: ${error.message}.`),
      make("div", { class: "tree" }, entity.violations.map(noteOf)),
      make("pre", { class: "block", tabindex: "0", "aria-label": "Body" }, readable(entity.text, { lines: true })),
    ];
  }
  return [make("div", { class: "tree" }, make("ul", {}, branch(root, placed(root, entity.violations), 0)))];
};
