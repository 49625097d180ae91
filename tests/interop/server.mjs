// A server of the WebSocket extension on Node's `ws`: prints its port, then each message, and answers with receipts.
// Usage: node server.mjs WS_MODULE
const [module] = process.argv.slice(2);
const { WebSocketServer } = await import(module);
const server = new WebSocketServer({
  port: 0,
  host: "127.0.0.1",
  handleProtocols: (offered) => (offered.has("versia.receipts.v1") ? "versia.receipts.v1" : false),
});
server.on("listening", () => console.log(server.address().port));
server.on("connection", (socket, request) => {
  console.log(`signed-by ${request.headers["versia-signed-by"]}`);
  let count = 0;
  socket.on("message", (data) => {
    console.log(data.toString());
    count += 1;
    if (socket.protocol) socket.send(JSON.stringify({ receipt: count, status: 202, detail: "" }));
  });
  socket.on("close", (code) => {
    console.log(`closed ${code}`);
    server.close();
  });
});
