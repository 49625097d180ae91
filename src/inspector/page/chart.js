// How many came over time and with which verdicts, and how long the answers took.

const CHART = { width: 600, height: 48 };

const TONES = [["ok", "valid", ["valid"]], ["bad", "broken", ["invalid", "missing"]], ["warn", "undecided", ["stale", "key-unavailable"]], ["plain", "unchecked", undefined]];

/** The most stretches of time that are drawn; a longer time has gaps that say nothing. */
const MAX_SLICES = 120;

/** The slices with those in between in which nothing came. */
const withoutGaps = (stats) => {
  const slices = new Map(stats.over_time.map((slice) => [slice.at_millis, slice]));
  const [first, last] = [stats.over_time[0].at_millis, stats.over_time.at(-1).at_millis];
  if ((last - first) / stats.slice_millis > MAX_SLICES) return stats.over_time;
  const all = [];
  for (let at = first; at <= last; at += stats.slice_millis) all.push(slices.get(at) ?? { at_millis: at, count: 0, verdicts: {} });
  // Few stretches of time would be drawn as walls.
  while (all.length < 24) all.unshift({ at_millis: all[0].at_millis - stats.slice_millis, count: 0, verdicts: {} });
  return all;
};

/** The counts of a slice or of all by the four colours; what has no verdict is unchecked. */
const byTone = (count, verdicts) => {
  const known = TONES.slice(0, 3).map(([, , words]) => words.reduce((sum, word) => sum + (verdicts[word] ?? 0), 0));
  return [...known, Math.max(0, count - known.reduce((sum, one) => sum + one, 0))];
};

const delayLine = (slices, step) => {
  const most = Math.max(...slices.map((slice) => slice.latency ?? 0));
  if (most === 0) return undefined;
  let path = "";
  slices.forEach((slice, at) => {
    if (slice.latency === null || slice.latency === undefined) return;
    const y = CHART.height - 3 - (slice.latency / most) * (CHART.height - 8);
    path += `${path ? "L" : "M"}${((at + 0.5) * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  return drawn("path", { class: "delay", d: path });
};

const drawChart = (stats) => {
  const figure = byId("chart");
  byId("chart").parentElement.hidden = stats.over_time.length === 0;
  if (stats.over_time.length === 0) return;
  const slices = withoutGaps(stats);
  const step = CHART.width / slices.length;
  const most = Math.max(1, ...slices.map((slice) => slice.count));
  const bars = slices.flatMap((slice, at) => {
    let y = CHART.height - 1;
    return byTone(slice.count, slice.verdicts).map((count, tone) => {
      if (count === 0) return undefined;
      const height = Math.max(1.5, (count / most) * (CHART.height - 6));
      y -= height;
      return drawn("rect", { class: TONES[tone][0], x: (at * step + step * 0.1).toFixed(2), y: y.toFixed(2), width: (step * 0.8).toFixed(2), height: height.toFixed(2) });
    });
  });
  const totals = byTone(stats.count, Object.fromEntries(stats.verdicts));
  const spoken = `${counted(stats.count, "record")}: ${TONES.map(([, name], at) => `${totals[at]} ${name}`).join(", ")}`;
  const peak = most / (stats.slice_millis / 1000);
  const svg = drawn("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, preserveAspectRatio: "none", role: "img", "aria-label": spoken },
    drawn("line", { class: "axis", x1: 0, x2: CHART.width, y1: CHART.height - 0.5, y2: CHART.height - 0.5 }), bars, delayLine(slices, step));
  const last = slices.at(-1).at_millis + stats.slice_millis;
  const date = (millis) => (last - slices[0].at_millis > 86_400_000 ? moment(millis).slice(0, 16) : timeOfDay(millis).slice(0, 8));
  const key = (tone, name, value) => make("span", { class: tone }, make("i", { "aria-hidden": "true" }), `${name} `, make("b", {}, value));
  replace(
    figure,
    make("div", {}, svg, make("div", { class: "times" }, make("span", {}, date(slices[0].at_millis)), make("span", {}, `peak ${peak >= 10 ? Math.round(peak) : peak.toFixed(1)} a second`), make("span", {}, date(last)))),
    make("figcaption", { class: "legend" },
      TONES.map(([tone, name], at) => key(tone, name, totals[at].toLocaleString("en"))),
      stats.latency && key("delay wide", "time taken", `p50 ${duration(stats.latency.p50)}, p99 ${duration(stats.latency.p99)}`)),
  );
};

/** Keeps the chart of what is listed up to date: at most once in two seconds, for a fifth of the time, and only when something came. */
const chart = (() => {
  let waiting;
  let again = false;
  let [asked, took] = [0, 0];
  const fetchStats = async () => {
    again = false;
    const { query } = list;
    const begun = Date.now();
    try {
      const stats = await ask(withQuery("/api/stats", new URLSearchParams(query)));
      if (query === list.query) drawChart(stats);
    } catch {
      // The state of the connection is told elsewhere.
    }
    asked = Date.now();
    took = asked - begun;
    waiting = undefined;
    if (again) soon();
  };
  const soon = () => {
    again = true;
    waiting ??= setTimeout(fetchStats, Math.max(0, asked + Math.max(2000, 4 * took) - Date.now()));
  };
  const now = () => {
    clearTimeout(waiting);
    return fetchStats();
  };
  return { soon, now };
})();
