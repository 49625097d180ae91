// A small server of wsify, RoadRunner's topics (2.3.1) or the chat on Node's `ws`, by nobody's code but this and its own.
// Usage: node protocol_server.mjs WS_MODULE wsify|roadrunner|chat; prints its port. The chat's users are named by ?user=.
import { createServer } from "node:http";

const [module, protocol] = process.argv.slice(2);
const { WebSocketServer } = await import(module);
const http = createServer();
const server = new WebSocketServer({ server: http, path: "/ws" });
const sessions = new Set();

const protocols = {
  wsify(session, text) {
    const { command, args } = JSON.parse(text);
    if (command === "join") session.joined.add(args.channel);
    if (command === "leave") session.joined.delete(args.channel);
    if (command !== "broadcast") return;
    for (const other of sessions) if (other.joined.has(args.channel)) other.socket.send(JSON.stringify(args.content ?? null));
  },
  roadrunner(session, text) {
    const { command, topics } = JSON.parse(text);
    const refused = topics.includes("secret");
    if (!refused) for (const topic of topics) session.joined[command === "join" ? "add" : "delete"](topic);
    session.socket.send(JSON.stringify({ topic: `${refused ? "#" : "@"}${command}`, payload: topics }));
    if (command === "join" && !refused) session.socket.send(JSON.stringify({ topic: topics[0], payload: "welcome" }));
  },
  chat(session, text) {
    if (text === "ping") return session.socket.send('{"event":"pong"}');
    const frame = JSON.parse(text);
    if (frame.type !== "request") return;
    const answer = (payload) =>
      session.socket.send(JSON.stringify({ type: "response", timestamp: Date.now(), id: frame.id, payload }));
    if (frame.payloadType !== "new") return answer({ error: { code: "unsupported", message: "not here" } });
    answer({ messageId: 1 });
    const { chatId, message } = frame.payload;
    const payload = { chatId: session.user, messageId: 1, message };
    for (const other of sessions)
      if (other.user === chatId)
        other.socket.send(JSON.stringify({ type: "event", timestamp: Date.now(), id: 1, eventType: "new", payload }));
  },
};

server.on("connection", (socket, request) => {
  const user = new URL(request.url, "http://x").searchParams.get("user");
  const session = { socket, user, joined: new Set() };
  sessions.add(session);
  socket.on("message", (data) => protocols[protocol](session, data.toString()));
  socket.on("close", () => sessions.delete(session));
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
