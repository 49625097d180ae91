// A client of wsify on Node's `ws`: joins a channel, broadcasts to it, prints what comes, closes.
// Usage: node wsify_client.mjs WS_MODULE URL CHANNEL COUNT NAME
const [module, url, channel, count, from] = process.argv.slice(2);
const { default: WebSocket } = await import(module);
const socket = new WebSocket(url);
const say = (command, content) => socket.send(JSON.stringify({ command, args: { channel, content } }));
let came = 0;
socket.on("open", () => {
  say("join");
  say("join");
  for (let n = 0; n < Number(count); n += 1) say("broadcast", { from: Number(from), n, text: "é 😀" });
});
socket.on("message", (data) => {
  console.log(data.toString());
  came += 1;
  if (came === Number(count)) socket.close(1000, "done");
});
socket.on("close", (code) => console.log(`closed ${code}`));
