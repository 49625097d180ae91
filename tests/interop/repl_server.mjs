// A server on Node's `ws` that talks: it does what a scenario says, and prints its port, each message and the Close.
// Usage: node repl_server.mjs WS_MODULE SCENARIO; the scenario is described in repl_server.py.
import { readFileSync } from "node:fs";

const [module, scenario] = process.argv.slice(2);
const { WebSocketServer } = await import(module);
const steps = JSON.parse(readFileSync(scenario, "utf8"));
const takesReceipts = steps.some((step) => step.receipts);
const server = new WebSocketServer({
  port: 0,
  host: "127.0.0.1",
  handleProtocols: (offered) => (takesReceipts && offered.has("versia.receipts.v1") ? "versia.receipts.v1" : false),
});
server.on("listening", () => console.log(server.address().port));
server.on("connection", async (socket) => {
  let came = 0;
  let waiting = () => {};
  socket.on("message", (data) => {
    console.log(data.toString());
    came += 1;
    waiting();
  });
  socket.on("close", (code, reason) => {
    console.log(`closed ${code} ${reason}`.trim());
    server.close();
  });
  const send = (data) => new Promise((resolve) => socket.send(data, resolve));
  for (const step of steps) {
    if (step.receive) while (came < step.receive) await new Promise((resolve) => (waiting = resolve));
    if (step.send) for (let n = 0; n < (step.times ?? 1); n += 1) await send(step.send);
    if (step.size) for (let n = 0; n < (step.times ?? 1); n += 1) await send("a".repeat(step.size));
    if (step.binary) await send(Buffer.from(step.binary, "hex"));
    if (step.raw) socket._socket.write(Buffer.from(step.raw, "hex"));
    if (step.ping) socket.ping();
    if (step.close) socket.close(...step.close);
    if (step.drop) socket._socket.destroy();
  }
});
