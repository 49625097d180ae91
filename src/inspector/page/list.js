// The list: newest first, of which only the rows in view are elements. What came since the list was asked for stands in
// `fresh`; the rest is fetched in pages, counted from the record that was the newest then.

const PAGE = 100;
const OVERSCAN = 8;
/** How many rows may be in `fresh` before the list is counted anew from the newest. */
const MAX_FRESH = 2000;

const grid = byId("list");
const rowsBox = byId("rows");

const list = {
  query: "",
  anchor: 0,
  base: 0,
  fresh: [],
  /** What came while nothing is to move, the newest first, as far as it is kept, and how much it was. */
  held: [],
  heldCount: 0,
  pages: new Map(),
  asked: new Set(),
  selected: -1,
  paused: false,
  generation: 0,
  /** Whether it was ever there. */
  known: false,
  onOpen: () => {},
  onMove: () => {},
};

const listed = () => list.fresh.length + list.base;

const rowAt = (index) => {
  if (index < list.fresh.length) return list.fresh[index];
  const at = index - list.fresh.length;
  return list.pages.get(Math.floor(at / PAGE))?.[at % PAGE];
};

let measured = 30;
/** How high a row is, in pixels, as the style has it. */
const rowHeight = () => measured;

/** Fetches a page of what was there when the list was asked for. */
const fetchPage = async (page) => {
  if (list.asked.has(page)) return;
  list.asked.add(page);
  const { generation } = list;
  const query = new URLSearchParams(list.query);
  query.set("before", list.anchor + 1);
  query.set("offset", page * PAGE);
  query.set("limit", PAGE);
  try {
    const { records } = await ask(withQuery("/api/records", query));
    if (generation !== list.generation) return;
    list.pages.set(page, records);
    // The oldest are dropped where only so many are kept.
    if (records.length < PAGE) list.base = Math.min(list.base, page * PAGE + records.length);
    draw();
  } catch {
    if (generation === list.generation) list.asked.delete(page);
  }
};

/** A reference with its id shortened: lists tell users apart by the beginning of it, and the pane has all of it. */
const shortened = (reference) => reference.replace(/([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "$1…");

/** The author and the target, or what stands in their place. */
const whoOf = (row) => {
  const from = row.author ?? row.signed_by ?? row.peer ?? "";
  const to = row.to ?? pathOf(row.target);
  const nodes = [make("span", { class: "end" }, visible(shortened(from)))];
  if (to) nodes.push(make("span", { class: "arrow", "aria-hidden": "true" }, "→"), make("span", { class: "unseen" }, " to "), make("span", { class: "end" }, visible(shortened(to))));
  return nodes;
};

/** What a record is called in the list: its type, or its method. */
const kindOf = (row) => (row.kind ?? row.method ?? "").split("/").pop() || (row.kind ?? "");

const cellsOf = (row) => {
  const way = row.direction === "out" ? "← out" : row.direction === "in" ? "→ in" : "";
  const bad = row.status >= 400 || (!row.status && row.failed);
  return [
    ["time", [timeOfDay(row.at_millis)]],
    ["way", [way]],
    ["verdict", [row.verdict ? badge(row.verdict) : ""]],
    ["kind", visible(kindOf(row))],
    ["who", whoOf(row)],
    [`status${bad ? " bad" : ""}`, [row.status ? String(row.status) : row.transport === "ws" ? "ws" : "–"]],
    ["size", [size(row.size)]],
    ["latency", [duration(row.latency_millis)]],
  ];
};

const drawRow = (element, index) => {
  const row = rowAt(index);
  element.style.transform = `translateY(${index * rowHeight()}px)`;
  element.setAttribute("aria-rowindex", index + 2);
  element.setAttribute("aria-selected", String(index === list.selected));
  element.id = `row-${index}`;
  const shown = row ? row.number : -1;
  if (element.shown === shown) return;
  element.shown = shown;
  element.classList.toggle("loading", !row);
  const cells = row ? cellsOf(row) : [["time", ["…"]], ...["way", "verdict", "kind", "who", "status", "size", "latency"].map((name) => [name, []])];
  replace(element, cells.map(([name, nodes]) => make("span", { class: name, role: "gridcell" }, nodes)));
};

let drawing = false;
/** Draws what is in view, at the next frame. */
const draw = () => {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawNow();
  });
};

const drawNow = () => {
  const height = rowHeight();
  const count = listed();
  const head = grid.firstElementChild.offsetHeight;
  const first = Math.max(0, Math.floor(grid.scrollTop / height) - OVERSCAN);
  const last = Math.min(count, Math.ceil((grid.scrollTop + grid.clientHeight - head) / height) + OVERSCAN);
  rowsBox.style.height = `${count * height}px`;
  grid.setAttribute("aria-rowcount", count + 1);
  const there = new Map([...rowsBox.children].map((element) => [element.index, element]));
  const spare = [...there].filter(([index]) => index < first || index >= last).map(([, element]) => element);
  for (let index = first; index < last; index += 1) {
    let element = there.get(index);
    if (!element) {
      element = spare.pop() ?? rowsBox.appendChild(make("div", { role: "row", class: "row" }));
      element.index = index;
    }
    drawRow(element, index);
    if (index >= list.fresh.length) fetchPageOf(index);
  }
  spare.forEach((element) => element.remove());
  inOrder();
  const isDrawn = list.selected >= first && list.selected < last;
  if (isDrawn) grid.setAttribute("aria-activedescendant", `row-${list.selected}`);
  else grid.removeAttribute("aria-activedescendant");
  drawCount();
};

/** Rows stand in the document as they are seen, for who goes through it without seeing. */
const inOrder = () => {
  const rows = [...rowsBox.children];
  if (rows.some((row, at) => at > 0 && row.index < rows[at - 1].index)) rowsBox.append(...rows.sort((one, other) => one.index - other.index));
};

const fetchPageOf = (index) => {
  const page = Math.floor((index - list.fresh.length) / PAGE);
  if (!list.pages.has(page)) fetchPage(page);
};

const drawCount = () => {
  const count = listed();
  const filtered = list.query ? ` that match${count === 1 ? "es" : ""}` : "";
  byId("count").textContent = !list.known ? "" : count === 0 ? "No records" : `${counted(count, "record")}${filtered}`;
  byId("newer").hidden = list.heldCount === 0;
  byId("newer").textContent = `Show ${counted(list.heldCount, "new record")}`;
  drawEmpty(count);
};

const drawEmpty = (count) => {
  const box = byId("empty");
  if (!list.known) return;
  box.hidden = count > 0;
  if (count > 0 || box.shown === list.query) return;
  box.shown = list.query;
  if (list.query) {
    replace(box, make("h3", {}, "Nothing matches these filters"), make("p", {}, "What comes and matches is shown as it comes."));
    return;
  }
  const example = byId("title").dataset.example;
  replace(
    box,
    make("h3", {}, "Waiting for the first record"),
    make("p", {}, "Everything that comes in or goes out is listed here as it happens."),
    example && make("pre", { tabindex: "0", "aria-label": "An example" }, example),
  );
};

/** Asks for the list anew. Gives the number from which the live records go on. */
const refill = async (query) => {
  list.generation += 1;
  const { generation } = list;
  const asked = new URLSearchParams(query);
  asked.set("limit", PAGE);
  asked.set("count", "true");
  const { records, total, newest } = await ask(withQuery("/api/records", asked));
  if (generation !== list.generation) return undefined;
  list.known = true;
  list.query = query.toString();
  list.anchor = newest;
  list.base = total;
  list.fresh = [];
  list.held = [];
  list.heldCount = 0;
  list.pages = new Map([[0, records]]);
  list.asked = new Set([0]);
  list.selected = -1;
  grid.scrollTop = 0;
  suggestTypes(records);
  for (const element of rowsBox.children) element.shown = undefined;
  draw();
  return newest;
};

/** Takes records that were committed just now, the oldest first. */
const takeNew = (records) => {
  suggestTypes(records);
  const newestFirst = records.toReversed();
  if (list.paused) {
    list.held = [...newestFirst, ...list.held].slice(0, MAX_FRESH);
    list.heldCount += newestFirst.length;
    draw();
    return;
  }
  insert(newestFirst);
};

const insert = (newestFirst) => {
  list.fresh.unshift(...newestFirst);
  if (list.selected >= 0) list.selected += newestFirst.length;
  // Who looks at older records keeps them in view.
  const isAtTop = grid.scrollTop < rowHeight();
  if (list.fresh.length > MAX_FRESH) recount();
  rowsBox.style.height = `${listed() * rowHeight()}px`;
  if (!isAtTop) grid.scrollTop += newestFirst.length * rowHeight();
  draw();
};

/** Counts from what is the newest now; pages are fetched again as they come into view. */
const recount = () => {
  const first = list.fresh.slice(0, PAGE);
  list.generation += 1;
  list.anchor = list.fresh[0].number;
  list.base += list.fresh.length;
  list.fresh = [];
  list.pages = new Map([[0, first]]);
  list.asked = new Set([0]);
};

const showHeld = () => {
  const { held, heldCount } = list;
  list.held = [];
  list.heldCount = 0;
  if (heldCount > held.length) return reload();
  if (held.length > 0) insert(held);
  draw();
  return undefined;
};

/** Moves the selection, and what is in view with it. */
const select = (index, { open = false } = {}) => {
  const count = listed();
  if (count === 0) return;
  list.selected = Math.max(0, Math.min(count - 1, index));
  const height = rowHeight();
  const head = grid.firstElementChild.offsetHeight;
  const top = list.selected * height;
  const room = grid.clientHeight - head;
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top + height > grid.scrollTop + room) grid.scrollTop = top + height - room;
  drawNow();
  if (open) list.onOpen(rowAt(list.selected));
  else list.onMove(rowAt(list.selected));
};

const startList = () => {
  grid.addEventListener("scroll", draw, { passive: true });
  rowsBox.addEventListener("click", (event) => {
    const element = event.target.closest(".row");
    if (element) select(element.index, { open: true });
  });
  grid.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(grid.clientHeight / rowHeight()) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    select(list.selected + moves[event.key]);
  });
  new ResizeObserver(() => {
    const width = grid.clientWidth;
    if (width === 0) return;
    const narrow = width < 560;
    grid.classList.toggle("middle", !narrow && width < 860);
    if (narrow !== grid.classList.contains("narrow")) {
      const before = rowHeight();
      const first = grid.scrollTop / before;
      grid.classList.toggle("narrow", narrow);
      measured = Number.parseFloat(getComputedStyle(grid).getPropertyValue("--row"));
      rowsBox.style.height = `${listed() * rowHeight()}px`;
      grid.scrollTop = first * rowHeight();
    }
    draw();
  }).observe(grid);
  byId("newer").addEventListener("click", () => setPaused(false));
};
