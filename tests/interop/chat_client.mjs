// A client on Node's `ws` that is driven by lines: each line of standard input is sent as a text message, each message is
// printed on a line; the end of the input closes the session. Usage: node chat_client.mjs WS_MODULE URL
import { createInterface } from "node:readline";

const [module, url] = process.argv.slice(2);
const { default: WebSocket } = await import(module);
const socket = new WebSocket(url);
socket.on("message", (data) => console.log(data.toString()));
socket.on("close", (code) => console.log(`"closed ${code}"`));
socket.on("open", () => {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => socket.send(line));
  lines.on("close", () => socket.close(1000));
});
