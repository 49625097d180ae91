"""A client on Python's `websockets` that is driven by lines: each line of standard input is sent as a text message, each message
is printed on a line; the end of the input closes the session. Usage: chat_client.py URL"""

import sys
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def send_lines(socket):
    for line in sys.stdin:
        socket.send(line.rstrip("\n"))
    socket.close(1000)


with connect(sys.argv[1]) as socket:
    threading.Thread(target=send_lines, args=[socket], daemon=True).start()
    try:
        for message in socket:
            print(message, flush=True)
    except ConnectionClosed:
        pass
print(f'"closed {socket.close_code}"', flush=True)
