// A hub on Node's `ws` that answers as RoadRunner (2.3.0 with binary frames) and as the chat do, each on its own path: prints
// its port, then each message.
// Usage: node hub.mjs WS_MODULE
const [module] = process.argv.slice(2);
const { WebSocketServer } = await import(module);
const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
const answers = {
  "/ws": (socket, { command, topics }) => {
    const refused = topics.some((topic) => topic === "secret");
    socket.send(Buffer.from(JSON.stringify({ topic: (refused ? "#" : "@") + command, payload: topics })));
  },
  "/chat": (socket, { type, id }) => {
    if (type !== "request") return;
    socket.send(JSON.stringify({ type: "event", id: 23, eventType: "online", payload: { userId: "User2" } }));
    socket.send(JSON.stringify({ type: "response", timestamp: Date.now(), id, payload: { messageId: 5 } }));
  },
};
server.on("listening", () => console.log(server.address().port));
server.on("connection", (socket, request) => {
  socket.on("message", (data) => {
    console.log(data.toString());
    answers[request.url](socket, JSON.parse(data));
  });
  socket.on("close", (code) => {
    console.log(`closed ${code}`);
    server.close();
  });
});
