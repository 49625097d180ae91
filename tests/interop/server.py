"""A server of the WebSocket extension on Python's `websockets`: prints its port, then each message, and answers with
receipts."""

import json
import sys
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve


def handle(socket):
    print(f"signed-by {socket.request.headers['Versia-Signed-By']}", flush=True)
    count = 0
    try:
        while True:
            print(socket.recv(), flush=True)
            count += 1
            if socket.subprotocol:
                socket.send(json.dumps({"receipt": count, "status": 202, "detail": ""}))
    except ConnectionClosed:
        print(f"closed {socket.close_code}", flush=True)
    threading.Thread(target=server.shutdown).start()


def choose(socket, offered):
    return "versia.receipts.v1" if "versia.receipts.v1" in offered else None


with serve(handle, "127.0.0.1", 0, select_subprotocol=choose) as server:
    print(server.socket.getsockname()[1], flush=True)
    server.serve_forever()
sys.exit(0)
