// The six views of a record.

const facts = (pairs) =>
  make("dl", { class: "facts" }, pairs.filter(([, value]) => value !== undefined && value !== null && value !== "").map(([name, value]) => [make("dt", {}, name), make("dd", {}, typeof value === "string" ? visible(value) : value)]));

const ruleAt = (url) => url?.startsWith("https://versia.pub/") && make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, "the rule");

const findingOf = (finding) =>
  make(
    "li",
    { class: `finding ${finding.level}` },
    make("p", { class: "which" }, make("b", {}, visible(finding.code)), make("span", {}, finding.of ? `${finding.level}, ${finding.of}` : finding.level), ruleAt(finding.page)),
    make("p", {}, visible(finding.message)),
    (finding.fix ?? finding.hint) && make("p", { class: "fix" }, make("b", {}, "Fix: "), visible(finding.fix ?? finding.hint)),
  );

const bytesOf = (value) => {
  if (value === undefined || value === null) return new Uint8Array();
  if (typeof value === "string") return new TextEncoder().encode(value);
  return Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0));
};

const textOf = (value) => (typeof value === "string" || !value ? value ?? "" : new TextDecoder().decode(bytesOf(value)));

const overviewView = ({ record, outline, checked, entity, number }) => {
  const { request, response, frame } = record;
  const of = (one) => (checked.length > 1 ? one.kind : undefined);
  const findings = checked.flatMap((one) => [...(one.explanation?.causes ?? []).map((cause) => ({ ...cause, level: one.explanation.explained ? "error" : "note", of: of(one) })), ...one.findings.map((finding) => ({ ...finding, of: of(one) }))]);
  const weight = { error: 0, warning: 1, note: 2 };
  findings.sort((a, b) => weight[a.level] - weight[b.level]);
  const wrong = entity?.violations.filter((violation) => violation.level !== "note") ?? [];
  return [
    findings.length > 0 && make("section", {}, make("h3", {}, "What was found"), make("ul", { class: "findings" }, findings.map(findingOf))),
    wrong.length > 0 && make("section", {}, make("h3", {}, visible(`${counted(wrong.length, "rule")} of the ${entity.kind ?? "entity"} ${wrong.length === 1 ? "is" : "are"} not kept`)), make("ul", { class: "findings" }, wrong.map((violation) => findingOf({ ...violation, message: `${violation.pointer ? `${violation.pointer}: ` : ""}${violation.found}` })))),
    record.error && make("section", {}, make("h3", {}, "What went wrong"), make("ul", { class: "findings" }, findingOf({ level: "error", ...record.error, code: record.error.code ?? "" }))),
    make(
      "section",
      {},
      make("h3", {}, "Record"),
      facts([
        ["Time", moment(outline.at_millis)],
        ["Way", outline.direction === "out" ? "out, to the peer" : outline.direction === "in" ? "in, from the peer" : ""],
        ["Peer", record.peer],
        ["Request", request && `${request.method} ${request.target}`],
        ["Answer", response && String(response.status)],
        ["Frame", frame && `${frame.opcode}${frame.close ? ` ${frame.close.code} ${frame.close.reason}` : ""}`],
        ["Author", outline.author],
        ["Target", outline.to],
        ["Signed by", outline.signed_by],
        ["Protocol", `${record.protocol} over ${record.transport === "ws" ? "WebSocket" : `HTTP${record.http ? `/${record.http}` : ""}`}${record.tls ? `, TLS ${record.tls}` : ""}`],
        ["Session", record.session && `${record.session}${record.seq ? `, message ${record.seq}` : ""}`],
        ["Retry of", record.attempt_of],
        ["Time taken", duration(outline.latency_millis)],
        ["Size", `${outline.size.toLocaleString("en")} bytes${record.truncated || request?.truncated || response?.truncated ? ", not whole" : ""}`],
        ["Name", record.id],
        ["Number", String(number)],
      ]),
    ),
  ];
};

const PARTS = { method: "Method", path: "Path", time: "Time", digest: "Digest" };

/** Both strings by their parts; a piece that belongs to none goes with the part before it. */
const partsOf = (segments) => {
  const rows = new Map();
  for (const { part, expected, signed } of segments) {
    if (!(part in PARTS) && expected.trim() === "" && signed.trim() === "" && expected === signed) continue;
    const row = rows.get(part) ?? { part, expected: [], signed: [], differs: false };
    row.differs ||= expected !== signed;
    const piece = (text) => (expected === signed ? visible(text) : text === "" ? make("span", { class: "soft" }, "nothing") : make("mark", {}, visible(text)));
    row.expected.push(piece(expected));
    row.signed.push(piece(signed));
    rows.set(part, row);
  }
  return [...rows.values()];
};

const stringOf = (label, segments, side) =>
  make("div", {}, make("span", { class: "label" }, label), make("div", { class: "block" }, segments.map((one) => (one.expected === one.signed ? visible(one[side]) : one[side] === "" ? [] : make("mark", {}, visible(one[side]))))));

const signatureOf = (one) => {
  const segments = one.explanation?.segments ?? [];
  const plain = one.parts ? Object.entries({ method: one.parts.method, path: one.parts.path, time: one.parts.signed_at, digest: one.parts.digest }).map(([part, text]) => ({ part, expected: text, signed: text })) : [];
  const both = segments.some(({ expected, signed }) => expected !== signed);
  const rows = partsOf(both ? segments : plain);
  const kind = { request: "Request", response: "Response", message: "Message" }[one.kind] ?? one.kind;
  const causes = one.explanation?.causes ?? [];
  const explained = one.explanation?.explained;
  return make(
    "section",
    {},
    make("h3", {}, kind, badge(one.verdict)),
    make("p", { class: "sentence" }, visible(one.sentence)),
    causes.length > 0 && make("ul", { class: "findings" }, causes.map((cause) => findingOf({ ...cause, level: explained ? "error" : "note" }))),
    rows.length > 0 && make(
      "table",
      { class: both ? "parts both" : "parts" },
      make("caption", { class: "unseen" }, both ? "The signed string by its parts: what has to be signed, and what was" : "The signed string by its parts"),
      make("thead", {}, make("tr", {}, make("th", { scope: "col", class: "part" }, "Part"), make("th", { scope: "col" }, both ? "Has to be signed" : "Signed string"), both && make("th", { scope: "col" }, "Was signed"))),
      make("tbody", {}, rows.map((row) => make(
        "tr",
        { class: row.differs ? "differs" : undefined },
        make("th", { scope: "row" }, PARTS[row.part] ?? row.part, row.differs && make("span", { class: "unseen" }, " (differs)")),
        make("td", { "data-side": "Has to be signed" }, row.expected),
        both && make("td", { "data-side": "Was signed" }, row.signed),
      ))),
    ),
    both && make("div", { class: "strings" }, stringOf("Has to be signed", segments, "expected"), stringOf("Was signed", segments, "signed")),
    !both && one.signed_string && make("div", { class: "strings" }, make("div", {}, make("span", { class: "label" }, "The string that the signature is over"), make("div", { class: "block" }, readable(one.signed_string)))),
    facts([
      ["Signed by", one.signed_by],
      ["Signed at", one.signed_at !== null && one.signed_at !== undefined ? moment(one.signed_at * 1000) : ""],
      ["Key", one.key],
      ["Key from", one.key_from],
      ["Signed with", one.explanation?.signed_with],
      ["Signature", one.signature],
      ["Tried", one.explanation?.tried ? counted(one.explanation.tried, "other string") : ""],
    ]),
    one.findings.length > 0 && make("ul", { class: "findings after" }, one.findings.map(findingOf)),
  );
};

const signatureView = ({ checked, unchecked }) =>
  checked.length > 0 ? checked.map(signatureOf) : make("p", { class: "soft" }, visible(unchecked ?? "There is nothing in this record that could be signed."));

const entityView = ({ entity }) => {
  if (!entity) return make("p", { class: "soft" }, "This record carries no entity.");
  const count = entity.violations.length + entity.more;
  return [
    make("p", { class: "sentence as-written" }, entity.kind ? make("code", {}, visible(entity.kind)) : "No type", count === 0 ? ": nothing is wrong with it by the documents’ rules." : `: ${counted(count, "remark")}, ${count === 1 ? "" : "each "}where it belongs${entity.more > 0 ? `; the first ${entity.violations.length} are shown` : ""}.`),
    entityTree(entity),
  ];
};

const headersOf = (title, headers) =>
  make(
    "section",
    {},
    make("h3", {}, title),
    headers?.length > 0
      ? make("table", { class: "headers" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Name"), make("th", { scope: "col" }, "Value"))), make("tbody", {}, headers.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, visible(name)), make("td", {}, visible(textOf(value)))))))
      : make("p", { class: "soft" }, "None."),
  );

const headersView = ({ record }) => {
  const parts = [record.request?.headers && headersOf("Request", record.request.headers), record.response && headersOf("Response", record.response.headers)].filter(Boolean);
  return parts.length > 0 ? parts : make("p", { class: "soft" }, "A frame has no headers; its session’s handshake has.");
};

const HEX_STEP = 4096;

const hexOf = (bytes, from) => {
  const lines = [];
  for (let at = from; at < Math.min(bytes.length, from + HEX_STEP); at += 16) {
    const row = [...bytes.slice(at, Math.min(at + 16, bytes.length))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const halves = `${hex.slice(0, 8).join(" ").padEnd(23)}  ${hex.slice(8).join(" ").padEnd(23)}`;
    const text = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${halves}  ${text}`);
  }
  return lines.join("\n");
};

let bodiesAs = "raw";

const bodyOf = (title, value, truncated) => {
  const bytes = bytesOf(value);
  const section = make("section", {}, make("h3", {}, `${title}, ${counted(bytes.length, "byte")}${truncated ? ", not whole" : ""}`));
  if (bytes.length === 0) return fill(section, {}, [make("p", { class: "soft" }, "Empty.")]);
  if (bodiesAs === "raw") return fill(section, {}, [make("pre", { class: "block", tabindex: "0", "aria-label": title }, readable(textOf(value), { lines: true }))]);
  const block = make("pre", { class: "block fixed", tabindex: "0", "aria-label": `${title} in hexadecimal` });
  section.append(block);
  let shown = 0;
  const more = () => {
    block.append(`${shown > 0 ? "\n" : ""}${hexOf(bytes, shown)}`);
    shown += HEX_STEP;
    if (shown < bytes.length) {
      const button = make("button", { type: "button", class: "quiet", onclick: () => { button.remove(); more(); } }, "Show more");
      section.append(button);
    }
  };
  more();
  return section;
};

const bodyView = (shown, redraw) => {
  const { request, response, frame, malformed } = shown.record;
  const as = (name, label) => make("button", { type: "button", "aria-pressed": String(bodiesAs === name), onclick: () => { bodiesAs = name; redraw(); } }, label);
  return [
    make("div", { class: "switch", role: "group", "aria-label": "Show bodies as" }, as("raw", "Raw"), as("hex", "Hex")),
    request && bodyOf("Request", request.body, request.truncated),
    response && bodyOf("Response", response.body, response.truncated),
    frame && bodyOf("Frame", frame.data, shown.record.truncated),
    malformed && bodyOf("What could not be read", malformed, shown.record.truncated),
  ];
};

const STAGES = [["dns", "Name"], ["connect", "Connect"], ["tls", "TLS"], ["first_byte", "First byte"], ["total", "Total"]];

const stagesOf = (timings) => {
  const whole = Math.max(timings.total ?? 0, ...STAGES.map(([name]) => timings[name] ?? 0), 0.001);
  let before = 0;
  return make("div", { class: "stages" }, STAGES.filter(([name]) => timings[name] !== undefined).map(([name, label]) => {
    const bar = make("i");
    bar.style.left = `${name === "total" ? 0 : Math.min(98, (before / whole) * 100)}%`;
    bar.style.width = `${Math.min(100, (timings[name] / whole) * 100)}%`;
    if (name !== "total") before += timings[name];
    return [make("span", {}, label), make("span", { class: "track", "aria-hidden": "true" }, bar), make("span", { class: "mono" }, duration(timings[name]))];
  }));
};

const timelineView = ({ record, attempts, number }, _, open) => [
  record.timings && make("section", {}, make("h3", {}, "Where the time went"), stagesOf(record.timings)),
  make(
    "section",
    {},
    make("h3", {}, attempts.length > 1 ? `${attempts.length} attempts` : "Attempts"),
    attempts.length > 1
      ? make("ol", { class: "attempts" }, attempts.map((attempt, at) => make(
          "li",
          { class: attempt.status >= 200 && attempt.status < 300 ? "ok" : "bad" },
          make(
            "div",
            {},
            make("p", { class: "when" },
              make("span", { class: "mono" }, timeOfDay(attempt.at_millis)),
              at > 0 && make("span", { class: "soft" }, `${duration(attempt.at_millis - attempts[at - 1].at_millis)} later`)),
            make("p", {},
              attempt.status ? `answered ${attempt.status}` : "no answer",
              attempt.latency_millis ? ` after ${duration(attempt.latency_millis)}` : "",
              " ",
              attempt.number === number ? make("span", { class: "soft" }, "(this one)") : make("button", { type: "button", class: "quiet", onclick: () => open(attempt.id) }, "open")),
          ),
        )))
      : make("p", { class: "soft" }, "This is the only attempt that is known."),
  ),
];

const VIEWS = [
  ["overview", "Overview", overviewView],
  ["signature", "Signature", signatureView],
  ["entity", "Entity", entityView],
  ["headers", "Headers", headersView],
  ["body", "Body", bodyView],
  ["timeline", "Timeline", timelineView],
];
