// A client of the WebSocket extension on Node's `ws`: sends the lines of a file of messages, prints each receipt, closes.
// Usage: node client.mjs WS_MODULE URL HEADERS_FILE MESSAGES_FILE
import { readFileSync } from "node:fs";

const [module, url, headersFile, messagesFile] = process.argv.slice(2);
const { default: WebSocket } = await import(module);
const headers = Object.fromEntries(
  readFileSync(headersFile, "utf8").trim().split("\n").map((line) => line.split(": ", 2)),
);
const messages = readFileSync(messagesFile, "utf8").trim().split("\n");
const socket = new WebSocket(url, ["versia.receipts.v1"], { headers });
let receipts = 0;
socket.on("open", () => messages.forEach((message) => socket.send(message)));
socket.on("message", (data) => {
  console.log(data.toString());
  receipts += 1;
  if (receipts === messages.length) socket.close(1000, "done");
});
socket.on("unexpected-response", (_, response) => {
  console.log(`refused ${response.statusCode}`);
  process.exit(1);
});
socket.on("close", (code, reason) => console.log(`closed ${code} ${reason} ${socket.protocol}`));
