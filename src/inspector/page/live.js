// What comes while the page is open, by server-sent events; a lost connection is taken up again where it ended.

let source;
let lastSeen = 0;

const showState = (state, text) => {
  byId("live").dataset.state = state;
  if (byId("live-text").textContent !== text) byId("live-text").textContent = text;
};

const showLive = () => (list.paused ? showState("paused", "Paused") : showState("live", "Live"));

/** Says how many came, at most every five seconds, for those who do not see the list. */
const announce = (() => {
  let count = 0;
  let waiting;
  return (more) => {
    count += more;
    waiting ??= setTimeout(() => {
      byId("announce").textContent = `${counted(count, "new record")}`;
      count = 0;
      waiting = undefined;
    }, 5000);
  };
})();

/** A browser opens few connections to one server: a tab that nobody sees leaves its own to the others. */
const disconnect = () => {
  source?.close();
  source = undefined;
  showState("hidden", "Waits until it is seen");
};

const connect = (after) => {
  source?.close();
  lastSeen = after;
  if (document.hidden) {
    disconnect();
    return;
  }
  const query = new URLSearchParams(list.query);
  query.set("after", after);
  source = new EventSource(`/api/events?${query}`);
  source.addEventListener("open", showLive);
  source.addEventListener("records", (event) => {
    const records = JSON.parse(event.data);
    takeNew(records.filter((record) => record.number > lastSeen));
    lastSeen = Math.max(lastSeen, Number(event.lastEventId));
    announce(records.length);
    chart.soon();
    if (sideDialog.open) drawInstance();
  });
  // The server was started anew, with nothing of what is listed here.
  source.addEventListener("restarted", reload);
  source.addEventListener("error", () => {
    showState("lost", "Connection lost; trying again");
    // A server that was started anew answers with something else; the browser gives up then.
    const closed = source;
    if (closed?.readyState === EventSource.CLOSED) setTimeout(() => source === closed && connect(lastSeen), 2000);
  });
};

const startLive = () =>
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && source) disconnect();
    else if (!document.hidden && !source && list.known) connect(lastSeen);
  });

const setPaused = (paused) => {
  list.paused = paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  if (!paused) showHeld();
  if (byId("live").dataset.state !== "lost") showLive();
};
