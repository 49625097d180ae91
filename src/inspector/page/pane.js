// The pane of one record: its title, what can be done with it, and its views.

const pane = byId("pane");
let shown;
let view = "overview";
let asking;

const closePane = () => {
  if (pane.hidden) return;
  asking?.abort();
  shown = undefined;
  pane.hidden = true;
  byId("panes").classList.remove("split");
  document.body.classList.remove("is-split");
  grid.focus();
};

const titleOf = ({ outline, record }) => {
  const kind = outline.kind ? outline.kind.split("/").pop() : undefined;
  if (kind && outline.author) return `${kind} by ${outline.author}`;
  if (kind) return kind;
  if (record.request) return `${record.request.method} ${pathOf(record.request.target)}`;
  if (record.frame) return `${record.frame.opcode} frame`;
  return record.malformed ? "Something that is no HTTP" : "Record";
};

const marksOf = ({ checked, entity }) => ({
  signature: checked.flatMap((one) => one.findings).filter((finding) => finding.level === "error").length,
  entity: entity?.violations.filter((violation) => violation.level === "error").length ?? 0,
});

const showView = (name, { focus = false } = {}) => {
  view = name;
  const [, , content] = VIEWS.find(([one]) => one === name);
  for (const tab of pane.querySelectorAll('[role="tab"]')) {
    const isIt = tab.dataset.view === name;
    tab.setAttribute("aria-selected", String(isIt));
    tab.tabIndex = isIt ? 0 : -1;
    if (isIt && focus) tab.focus();
  }
  const panel = byId("tab");
  panel.setAttribute("aria-labelledby", `tab-${name}`);
  replace(panel, content(shown, () => showView(name), openRecord));
  panel.scrollTop = 0;
};

const recordUrl = (id, format) => `/api/records/${encodeURIComponent(id)}/${format}`;

const copyExport = async (format, what) => {
  try {
    await copy(await ask(recordUrl(shown.record.id, format)), what);
  } catch (error) {
    say(failure(error));
  }
};

/** Has the browser save what is at an address of this server. */
const save = (url) => {
  const link = make("a", { href: url, download: true });
  document.body.append(link);
  link.click();
  link.remove();
};

const replayNow = async (order) => {
  try {
    const { record } = await ask("/api/replay", { method: "POST", body: order });
    const status = record.response?.status;
    return [true, status ? `Replayed: answered ${status}` : `Replayed: ${record.error?.message ?? "sent"}`];
  } catch (error) {
    return [false, failure(error)];
  }
};

const openReplay = () => {
  const dialog = byId("replay");
  const { record } = shown;
  const source = record.request ?? record.frame;
  const body = record.request ? record.request.body : record.frame?.data;
  const isText = typeof body === "string" || body === undefined;
  const target = make("input", { id: "replay-to", name: "to", type: "url", value: shown.replay_to ?? "", spellcheck: "false", placeholder: "where it went" });
  const text = make("textarea", { id: "replay-body", rows: "12", spellcheck: "false" });
  text.value = isText ? body ?? "" : "";
  text.disabled = !isText;
  const sign = make("input", { id: "replay-sign", type: "checkbox", checked: server.sign, disabled: !server.sign });
  const said = make("p", { class: "said", role: "alert" });
  const send = make("button", { type: "submit", class: "primary" }, "Send");
  const form = make(
    "form",
    {
      method: "dialog",
      onsubmit: async (event) => {
        event.preventDefault();
        send.disabled = true;
        const order = { id: record.id, sign: sign.checked };
        if (target.value.trim()) order.to = target.value.trim();
        if (isText && text.value !== (body ?? "")) order.body = text.value;
        const [done, words] = await replayNow(order);
        send.disabled = false;
        said.classList.toggle("bad", !done);
        replace(said, visible(words));
        if (done) {
          say(words);
          dialog.close();
        }
      },
    },
    make("div", {}, make("label", { class: "label", for: "replay-to" }, "To"), target),
    make("div", {}, make("label", { class: "label", for: "replay-body" }, isText ? "Body" : "Body (not text; it is sent as it is)"), text),
    make("label", { class: "check", for: "replay-sign" }, sign, server.sign ? "Sign it anew with this instance’s key" : "Not signed anew: there is no key here"),
    said,
    make("div", { class: "buttons" }, make("button", { type: "button", onclick: () => dialog.close() }, "Cancel"), send),
  );
  replace(dialog, make("h2", { id: "replay-title" }, visible(`Replay ${source?.method ?? "the frame"}, edited`)), form);
  dialog.showModal();
  text.focus();
};

const actionsOf = () => {
  const able = server.replay && hasToken();
  const why = server.replay ? (hasToken() ? undefined : "Open the address that was printed, with its token") : "Nothing here can replay";
  const copying = make("select", { "aria-label": "Copy as", onchange: (event) => { const format = event.target.value; event.target.value = ""; if (format) copyExport(format, format === "curl" ? "the curl command" : "the versia-cli command"); } },
    make("option", { value: "" }, "Copy as…"), make("option", { value: "command" }, "versia-cli command"), make("option", { value: "curl" }, "curl"));
  const exporting = make("select", { "aria-label": "Export as", onchange: (event) => { const format = event.target.value; event.target.value = ""; if (format) save(recordUrl(shown.record.id, format)); } },
    make("option", { value: "" }, "Export…"), make("option", { value: "ndjson" }, "NDJSON"), make("option", { value: "har" }, "HAR"));
  const replay = make("button", { type: "button", id: "replay-now", disabled: !able, title: why, onclick: async () => {
    replay.disabled = true;
    const [, words] = await replayNow({ id: shown.record.id });
    replay.disabled = false;
    say(words);
  } }, "Replay");
  const edited = make("button", { type: "button", id: "replay-edited", disabled: !able, title: why, onclick: openReplay }, "Replay edited…");
  return make("div", { class: "actions" }, replay, edited, copying, exporting);
};

const drawPane = () => {
  const marks = marksOf(shown);
  const heading = make("h2", { id: "pane-title", tabindex: "-1" }, visible(titleOf(shown)));
  const tabs = VIEWS.map(([name, label]) => make(
    "button",
    { type: "button", role: "tab", id: `tab-${name}`, "data-view": name, "aria-controls": "tab", onclick: () => showView(name) },
    label,
    marks[name] > 0 && [make("span", { class: "mark", "aria-hidden": "true" }, String(marks[name])), make("span", { class: "unseen" }, `, ${counted(marks[name], "error")}`)],
  ));
  const bar = make("div", { class: "tabs", role: "tablist", "aria-label": "Views of the record", onkeydown: (event) => {
    const at = VIEWS.findIndex(([name]) => name === view);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: VIEWS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    showView(VIEWS[(to + VIEWS.length) % VIEWS.length][0], { focus: true });
  } }, tabs);
  const { outline } = shown;
  replace(
    pane,
    make(
      "div",
      { class: "pane-head" },
      make("div", { class: "pane-title" }, heading, make("button", { type: "button", class: "square", "aria-label": "Close the record", onclick: closePane }, "✕")),
      make("div", { class: "sub" },
        outline.verdict && badge(outline.verdict),
        make("span", {}, outline.direction === "out" ? "out" : outline.direction === "in" ? "in" : ""),
        outline.status && make("span", {}, `answered ${outline.status}`),
        make("span", {}, moment(outline.at_millis)),
        outline.latency_millis !== null && outline.latency_millis !== undefined && make("span", {}, duration(outline.latency_millis))),
      actionsOf(),
    ),
    bar,
    make("div", { class: "tab", id: "tab", role: "tabpanel", tabindex: "0" }),
  );
  showView(view);
  return heading;
};

/** Opens a record by its name, in the view that was open last. */
const openRecord = async (id, { focus = true } = {}) => {
  asking?.abort();
  asking = new AbortController();
  try {
    shown = await ask(`/api/records/${encodeURIComponent(id)}`, { signal: asking.signal });
  } catch (error) {
    if (error.name !== "AbortError") say(failure(error));
    return;
  }
  const wasHidden = pane.hidden;
  pane.hidden = false;
  byId("panes").classList.add("split");
  document.body.classList.add("is-split");
  const heading = drawPane();
  if (focus && (wasHidden || !grid.checkVisibility())) heading.focus();
};

let moving;
/** Shows the selected record in the pane, where that is open; who goes through many is waited for. */
const followSelection = (row) => {
  clearTimeout(moving);
  if (pane.hidden || !row) return;
  moving = setTimeout(() => openRecord(row.id, { focus: false }), 80);
};
