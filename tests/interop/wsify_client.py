"""A client of wsify on Python's `websockets`: joins a channel, broadcasts to it, prints what comes, closes.
Usage: wsify_client.py URL CHANNEL COUNT NAME"""

import json
import sys

from websockets.sync.client import connect

url, channel, count, sender = sys.argv[1:]
with connect(url) as socket:

    def say(command, content=None):
        message = {"command": command, "args": {"channel": channel, "content": content}}
        socket.send(json.dumps(message, ensure_ascii=False, separators=(",", ":")))

    say("join")
    say("join")
    for n in range(int(count)):
        say("broadcast", {"from": int(sender), "n": n, "text": "é 😀"})
    for _ in range(int(count)):
        print(socket.recv())
    socket.close(1000, "done")
print(f"closed {socket.close_code}")
