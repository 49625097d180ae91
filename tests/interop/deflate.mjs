// Both ends of a session with permessage-deflate on Node's `ws`: a server that echoes, or a client that says how many echoes
// were compressed on the way.
// Usage: node deflate.mjs WS_MODULE server | node deflate.mjs WS_MODULE URL
const [module, what] = process.argv.slice(2);
const { default: WebSocket, WebSocketServer } = await import(module);
const perMessageDeflate = { threshold: 0 };
if (what === "server") {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate });
  server.on("connection", (socket) => socket.on("message", (data) => socket.send(data.toString())));
  server.on("listening", () => console.log(server.address().port));
} else {
  const socket = new WebSocket(what, { perMessageDeflate });
  let echoes = 0;
  socket.on("open", () => {
    for (let number = 0; number < 3; number += 1) socket.send("hello ".repeat(500) + number);
  });
  socket.on("message", (data) => {
    if (data.toString() === "hello ".repeat(500) + echoes) echoes += 1;
    if (echoes === 3) socket.close(1000);
  });
  socket.on("close", () => console.log(`compressed: ${echoes} of 3`));
}
