"""A hub on Python's `websockets` that answers as RoadRunner (2.3.0 with binary frames) and as the chat do, each on its own
path: prints its port, then each message."""

import json
import sys
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve


def roadrunner(socket, frame):
    sign = "#" if "secret" in frame["topics"] else "@"
    socket.send(json.dumps({"topic": sign + frame["command"], "payload": frame["topics"]}).encode())


def chat(socket, frame):
    if frame["type"] != "request":
        return
    socket.send(json.dumps({"type": "event", "id": 23, "eventType": "online", "payload": {"userId": "User2"}}))
    response = {"type": "response", "timestamp": int(time.time() * 1000), "id": frame["id"]}
    socket.send(json.dumps({**response, "payload": {"messageId": 5}}))


def handle(socket):
    answer = {"/ws": roadrunner, "/chat": chat}[socket.request.path]
    try:
        while True:
            message = socket.recv()
            print(message, flush=True)
            answer(socket, json.loads(message))
    except ConnectionClosed:
        print(f"closed {socket.close_code}", flush=True)
    threading.Thread(target=server.shutdown).start()


with serve(handle, "127.0.0.1", 0) as server:
    print(server.socket.getsockname()[1], flush=True)
    server.serve_forever()
sys.exit(0)
