// A hub that speaks wsify in sessions, over Node's ws: node wsify_hub.mjs PATH-OF-WS. Prints its port, and writes JSON anew.
const { WebSocketServer } = await import(process.argv[2]);

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
const channels = new Map();
server.on("connection", (socket) => {
  socket.on("message", (text) => {
    const { command, args } = JSON.parse(text);
    const members = channels.get(args.channel) ?? new Set();
    channels.set(args.channel, members);
    if (command === "join") members.add(socket);
    if (command === "broadcast") {
      const content = JSON.stringify(args.content, Object.keys(args.content ?? {}).sort(), 1);
      for (const member of members) member.send(content);
    }
  });
  socket.on("close", () => channels.forEach((members) => members.delete(socket)));
});
server.on("listening", () => console.log(server.address().port));
