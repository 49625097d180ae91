"""A client of the WebSocket extension on Python's `websockets`: sends the lines of a file of messages, prints each receipt,
closes. Usage: client.py URL HEADERS_FILE MESSAGES_FILE"""

import sys

from websockets.sync.client import connect

url, headers_file, messages_file = sys.argv[1:]
with open(headers_file) as lines:
    headers = dict(line.rstrip("\n").split(": ", 1) for line in lines)
with open(messages_file) as lines:
    messages = [line.rstrip("\n") for line in lines]
with connect(url, additional_headers=headers, subprotocols=["versia.receipts.v1"]) as socket:
    for message in messages:
        socket.send(message)
    for _ in messages:
        print(socket.recv())
    socket.close(1000, "done")
print(f"closed {socket.close_code} {socket.close_reason} {socket.subprotocol}")
