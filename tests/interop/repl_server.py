"""A server on Python's `websockets` that talks: it does what a scenario says, and prints its port, each message and the
Close. Usage: repl_server.py SCENARIO

The scenario is a JSON list of steps: {"receipts": true} takes the subprotocol of receipts; {"receive": N} waits until N
messages came; {"send": TEXT, "times": N}, {"size": BYTES, "times": N} and {"binary": HEX} send messages; {"raw": HEX} writes
bytes past the library; {"ping": true} pings; {"close": [CODE, REASON]} closes; {"drop": true} ends the connection.
"""

import json
import socket as sockets
import sys
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

with open(sys.argv[1], encoding="utf-8") as file:
    steps = json.load(file)


def act(socket, step, came):
    while came < step.get("receive", 0):
        print(socket.recv(), flush=True)
        came += 1
    for _ in range(step.get("times", 1)):
        if "send" in step:
            socket.send(step["send"])
        if "size" in step:
            socket.send("a" * step["size"])
    if "binary" in step:
        socket.send(bytes.fromhex(step["binary"]))
    if "raw" in step:
        socket.socket.sendall(bytes.fromhex(step["raw"]))
    if "ping" in step:
        socket.ping()
    if "close" in step:
        socket.close(*step["close"])
    if "drop" in step:
        socket.socket.shutdown(sockets.SHUT_RDWR)
    return came


def handle(socket):
    came = 0
    try:
        for step in steps:
            came = act(socket, step, came)
        while True:
            print(socket.recv(), flush=True)
    except ConnectionClosed:
        print(f"closed {socket.close_code} {socket.close_reason or ''}".strip(), flush=True)
    threading.Thread(target=server.shutdown).start()


subprotocols = ["versia.receipts.v1"] if any("receipts" in step for step in steps) else None
with serve(handle, "127.0.0.1", 0, subprotocols=subprotocols, compression=None) as server:
    print(server.socket.getsockname()[1], flush=True)
    server.serve_forever()
sys.exit(0)
