// The page as a whole: what it starts with, and its keys.

/** What the server says it can do. */
let server = { replay: false, sign: false, control: false };

const reload = async () => {
  const query = filterQuery();
  try {
    const newest = await refill(query);
    if (newest === undefined) return;
    showFilterError();
    connect(newest);
    chart.now();
  } catch (error) {
    if (error instanceof Refused && error.status === 400) showFilterError(failure(error));
    else {
      showState("lost", "Connection lost; trying again");
      setTimeout(reload, 2000);
    }
  }
};

const KEYS = {
  j: () => select(list.selected + 1),
  k: () => select(list.selected - 1),
  g: () => select(0),
  G: () => select(Infinity),
  p: () => setPaused(!list.paused),
  "?": () => byId("keys").showModal(),
  "/": () => byId("filter-text").focus(),
  Escape: closePane,
  Enter: () => list.selected >= 0 && openRecord(rowAt(list.selected).id),
};

const isTyping = (element) => element.matches("input, textarea, select") || element.isContentEditable;

const onKey = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (isTyping(event.target)) {
    if (event.key !== "Escape") return;
    // A field for searching would be emptied, and the list with it would be another.
    event.preventDefault();
    grid.focus();
    return;
  }
  // Enter presses the button that has the focus.
  if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
  const number = Number(event.key);
  const run = !pane.hidden && number >= 1 && number <= VIEWS.length ? () => showView(VIEWS[number - 1][0]) : KEYS[event.key];
  if (!run) return;
  event.preventDefault();
  run();
};

const onExport = (event) => {
  const format = event.target.value;
  event.target.value = "";
  const query = filterQuery();
  if (format === "inbox") copy(inboxCommand(query), "the versia-cli command");
  else if (format) {
    query.set("format", format);
    save(withQuery("/api/export", query));
  }
};

const begin = async () => {
  takeToken();
  startList();
  startFilters(reload);
  startLive();
  list.onOpen = (row) => row && openRecord(row.id);
  list.onMove = followSelection;
  byId("pause").addEventListener("click", () => setPaused(!list.paused));
  byId("keys-open").addEventListener("click", () => byId("keys").showModal());
  byId("instance-open").addEventListener("click", openInstance);
  byId("export").addEventListener("change", onExport);
  document.addEventListener("keydown", onKey);
  // The printed address may be opened again in a tab that has the page already.
  addEventListener("hashchange", takeToken);
  try {
    server = await ask("/api/page");
    byId("title").textContent = server.title;
    byId("title").dataset.example = server.example ?? "";
    document.title = `${server.title} · versia-cli inspector`;
    byId("instance-open").hidden = !server.control;
  } catch {
    // The list says that there is no connection.
  }
  await reload();
};

begin();
