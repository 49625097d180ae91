// How many came over time and with which verdicts, and how long the answers took.

const CHART = { width: 600, height: 48 };

const TONES = [["ok", "valid", ["valid"]], ["bad", "broken", ["invalid", "missing"]], ["warn", "undecided", ["stale", "key-unavailable"]], ["plain", "unchecked", undefined]];

/** The counts of a bucket or of all by the four colours; what has no verdict is unchecked. */
const byTone = (count, verdicts) => {
  const known = TONES.slice(0, 3).map(([, , words]) => words.reduce((sum, word) => sum + (verdicts[word] ?? 0), 0));
  return [...known, Math.max(0, count - known.reduce((sum, one) => sum + one, 0))];
};

const delayLine = (buckets, step) => {
  const most = Math.max(...buckets.map((bucket) => bucket.latency_millis ?? 0));
  if (most === 0) return undefined;
  let path = "";
  buckets.forEach((bucket, at) => {
    if (bucket.latency_millis === null || bucket.latency_millis === undefined) return;
    const y = CHART.height - 3 - (bucket.latency_millis / most) * (CHART.height - 8);
    path += `${path ? "L" : "M"}${((at + 0.5) * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  return drawn("path", { class: "delay", d: path });
};

const drawChart = (stats) => {
  const figure = byId("chart");
  const { buckets } = stats;
  byId("chart").parentElement.hidden = stats.count === 0;
  if (stats.count === 0 || buckets.length === 0) return;
  const step = CHART.width / buckets.length;
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const bars = buckets.flatMap((bucket, at) => {
    let y = CHART.height - 1;
    return byTone(bucket.count, bucket.verdicts).map((count, tone) => {
      if (count === 0) return undefined;
      const height = Math.max(1.5, (count / most) * (CHART.height - 6));
      y -= height;
      return drawn("rect", { class: TONES[tone][0], x: (at * step + step * 0.1).toFixed(2), y: y.toFixed(2), width: (step * 0.8).toFixed(2), height: height.toFixed(2) });
    });
  });
  const totals = byTone(stats.count, stats.verdicts);
  const spoken = `${counted(stats.count, "record")}: ${TONES.map(([, name], at) => `${totals[at]} ${name}`).join(", ")}`;
  const peak = most / (stats.bucket_millis / 1000);
  const svg = drawn("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, preserveAspectRatio: "none", role: "img", "aria-label": spoken },
    drawn("line", { class: "axis", x1: 0, x2: CHART.width, y1: CHART.height - 0.5, y2: CHART.height - 0.5 }), bars, delayLine(buckets, step));
  const last = buckets.at(-1).at_millis + stats.bucket_millis;
  const date = (millis) => (last - buckets[0].at_millis > 86_400_000 ? moment(millis).slice(0, 16) : timeOfDay(millis).slice(0, 8));
  const key = (tone, name, value) => make("span", { class: tone }, make("i", { "aria-hidden": "true" }), `${name} `, make("b", {}, value));
  replace(
    figure,
    make("div", {}, svg, make("div", { class: "times" }, make("span", {}, date(buckets[0].at_millis)), make("span", {}, `peak ${peak >= 10 ? Math.round(peak) : peak.toFixed(1)} a second`), make("span", {}, date(last)))),
    make("figcaption", { class: "legend" },
      TONES.map(([tone, name], at) => key(tone, name, totals[at].toLocaleString("en"))),
      stats.latency && key("delay wide", "time taken", `p50 ${duration(stats.latency.p50)}, p99 ${duration(stats.latency.p99)}`)),
  );
};

/** Keeps the chart of what is listed up to date: at most once in two seconds, and only when something came. */
const chart = (() => {
  let waiting;
  let asked = 0;
  const fetchStats = async () => {
    waiting = undefined;
    asked = Date.now();
    try {
      drawChart(await ask(withQuery("/api/stats", new URLSearchParams(list.query))));
    } catch {
      // The state of the connection is told elsewhere.
    }
  };
  return {
    soon: () => {
      waiting ??= setTimeout(fetchStats, Math.max(0, asked + 2000 - Date.now()));
    },
    now: () => {
      clearTimeout(waiting);
      return fetchStats();
    },
  };
})();
