// Times, sizes and lengths of time as text.

const two = (number) => String(number).padStart(2, "0");

/** Whether there is such a date: a peer may write any number. */
const isDate = (millis) => !Number.isNaN(new Date(millis).getTime());

/** The time of day, UTC, with milliseconds. */
const timeOfDay = (millis) => (isDate(millis) ? new Date(millis).toISOString().slice(11, 23) : "no date");

/** Date and time, UTC. */
const moment = (millis) => (isDate(millis) ? new Date(millis).toISOString().replace("T", " ").replace("Z", " UTC") : `${millis / 1000} seconds, which is no date`);

const size = (bytes) => {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
};

const duration = (millis) => {
  if (millis === null || millis === undefined) return "";
  if (millis < 10) return `${millis.toFixed(1)} ms`;
  if (millis < 1000) return `${Math.round(millis)} ms`;
  if (millis < 60_000) return `${(millis / 1000).toFixed(2)} s`;
  const seconds = Math.round(millis / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
};

const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** The target of a request without its query, as a list has room for. */
const pathOf = (target) => (target ?? "").split("?")[0];
