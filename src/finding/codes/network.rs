//! The codes about connections and answers over HTTP, `VN1`.

use super::codes;
use crate::finding::{Code, Level};

codes! {
    NAME_NOT_RESOLVED = "VN101" Error "the name does not resolve"
        meaning "There is no address for the host's name, so that nothing could be connected to."
        why "A misspelt domain, a name that only some networks know, or a resolver that cannot be reached."
        fix "Check the spelling and the DNS records. `--resolve HOST:PORT:ADDR` gives a name an address of your choice."
        page "federation/http";
    CONNECTION_REFUSED = "VN102" Error "the connection is refused, or the host cannot be reached"
        meaning "The host's address is known, but nothing there takes connections on that port, or no network leads there."
        why "The server is not running, listens on another port or address, or a firewall rejects the connection."
        fix "Look whether the server runs and what it listens on; look at the port in the address."
        page "federation/http";
    TIMED_OUT = "VN103" Error "no answer in time"
        meaning "A limit was reached before the stage that the message names was done."
        why "A firewall that drops packets, an overloaded server, or one that waits for something itself."
        fix "Try again with a larger `--timeout` or `--connect-timeout`; `--timings` shows which stage takes the time."
        page "federation/http";
    PROXY_FAILED = "VN104" Error "the proxy opened no tunnel"
        meaning "The connection goes through a proxy, and the proxy did not connect to the host."
        why "The proxy refuses the host or wants credentials, or what is named as a proxy is none."
        fix "Look at `--proxy` and the *_PROXY variables; NO_PROXY has the hosts that are reached without a proxy."
        page "federation/http";
    CERTIFICATE_NOT_TRUSTED = "VN111" Error "the certificate is not trusted"
        meaning "The server's certificate was not issued by an authority that is trusted here."
        why "A self-signed or private certificate, or a server that leaves out the intermediate certificates."
        fix "`--cacert FILE` trusts an authority of your own. A server for others needs a certificate that all trust."
        page "federation/http";
    CERTIFICATE_EXPIRED = "VN112" Error "the certificate has expired, or is not valid yet"
        meaning "The time now lies outside the certificate's own."
        why "A renewal that failed, or a clock that is wrong."
        fix "Renew it, restart what serves it, and look at the clocks."
        page "federation/http";
    CERTIFICATE_FOR_ANOTHER_NAME = "VN113" Error "the certificate is for another name"
        meaning "The certificate does not name the host that was asked for."
        why "The wrong host or port, a server with several sites and one certificate, or a name that was never added."
        fix "Compare the names that the message lists with the domain; the certificate has to have it."
        page "federation/http";
    TLS_HANDSHAKE_FAILED = "VN114" Error "the TLS handshake failed"
        meaning "Both sides could not agree on an encrypted connection, or it was closed while they tried."
        why "A server that only speaks versions before TLS 1.2, wants a client certificate, or does not know the name."
        fix "TLS 1.2 or newer is required. `openssl s_client -connect HOST:PORT -servername HOST` shows more."
        page "federation/http";
    NOT_TLS = "VN115" Error "the server does not speak TLS"
        meaning "What came in answer to the TLS handshake is not TLS."
        why "https:// to a port that speaks plain HTTP."
        fix "Look at the port. A local server without TLS is reached with http://."
        page "federation/http";
    CLOSED_EARLY = "VN121" Error "the connection was closed before the answer was complete"
        meaning "The request went out, and the connection ended before the whole response came."
        why "The server crashed or restarted, a proxy in front of it gave up, or the lengths it announced are wrong."
        fix "Look at the server's log for this moment, and at its proxy's."
        page "federation/http";
    NOT_HTTP = "VN122" Error "the answer is not HTTP"
        meaning "Something answered, and it was no HTTP response."
        why "Another service listens on that port, or the server answers TLS to a plain request."
        fix "Look at the port. If the server speaks TLS there, the address begins with https://."
        page "federation/http";
    TOO_LARGE = "VN123" Error "the answer is too large"
        meaning "The response's head or body went over the limit that the message names; the rest was not read."
        why "The wrong address, or a server that does not end its answer."
        fix "Look at what the address serves: `curl -i` shows it."
        page "federation/http";
    REDIRECTED = "VN124" Error "the answer is a redirect"
        meaning "Paths of the API must not redirect, and no redirect is followed: a signature holds for one path, and a \
                 key must come from the very domain that it is for."
        why "http:// where https:// is meant, a `www` host, or a proxy that adds a slash or a front page."
        fix "Serve the path itself, without a redirect; or ask the host that it points to."
        page "federation/http";
    UNEXPECTED_ANSWER = "VN125" Error "the answer is not what was asked for"
        meaning "The server answered, but not with the document that this path has to have."
        why "The instance does not implement the path, another program answers for it, or a front end serves HTML."
        fix "Compare with the page: the path, the status and the type of the answer."
        page "entities/instance-metadata";
    PLAIN_HTTP_REFUSED = "VN131" Error "plain HTTP to another machine is refused"
        meaning "Versia is spoken over TLS. Plain HTTP goes out to this machine only, unless it is asked for."
        why "http:// in an address that leads to another machine."
        fix "Use https://, or `--allow-http` to send it in the clear."
        page "federation/http";
    PRIVATE_ADDRESS_REFUSED = "VN132" Error "a private address is refused"
        meaning "A peer named this host, and it leads into a private network. Following it would let anybody who sends a \
                 message make requests inside your network."
        why "An attack, or a test instance on your own network."
        fix "If it is meant: `--allow-private`, or name the host with `--resolve`."
        page "signatures";
    DELIVERY_REFUSED = "VN141" Error "the delivery is refused"
        meaning "The inbox answered, but not with a status of success (2xx). Nothing says that it took the entity."
        why "401: the signature is missing or does not verify, or the inbox could not have the signer's key. 422: it was \
             signed too long ago, or the entity is not valid. 404 and 405: that is not an inbox. 413: the entity is too \
             large. 429 and 503: too much at a time. Other 5xx: the instance has a fault of its own."
        fix "Read the body of the answer, which mostly tells the reason. For a 401, `versia-cli send --dry-run` shows \
             what is sent and `versia-cli verify` says what it is worth; the signer's domain has to publish its key at \
             /.versia/v0.6/instance. For 429 and 5xx, `--retry N` tries again."
        page "federation/validation";
    PAUSE_TOO_LONG = "VN142" Error "the server asks for too long a pause"
        meaning "With Retry-After, or with RateLimit-Remaining: 0 and RateLimit-Reset, the server asks for a longer pause \
                 than is waited for. Nothing is sent before it is over, so that the run ended here."
        why "A quota is used up whose window is long, or the server is down for maintenance."
        fix "Run again later, or wait longer with `--max-wait SECONDS`. `--rate N/s` keeps below a quota, and with \
             `--journal FILE` the next run goes on where this one ended."
        page "federation/http";
    HANDSHAKE_REFUSED = "VN151" Error "the WebSocket handshake is refused"
        meaning "The handshake is a signed GET of the inbox. The server answered it as a plain request, with another \
                 status than 101, and no session was opened."
        why "A bad or missing signature (401) or a stale one (422), a server or a proxy without WebSocket there (404, \
             405, 426, 501, or 200 with a page), or a proxy that drops `Upgrade`."
        fix "Read the answer's body. If the inbox takes the same entity over HTTP, the server or its proxy has no \
             WebSocket on this path: deliver over HTTP."
        page "extensions/websockets";
    HANDSHAKE_ANSWER_WRONG = "VN152" Error "the answer to the WebSocket handshake is wrong"
        meaning "The server answered 101, but without `Upgrade: websocket`, without `Connection: Upgrade`, or with \
                 another `Sec-WebSocket-Accept` than the request's key has (RFC 6455, section 4.1)."
        why "A handshake written by hand, or a proxy or cache that answers with what it kept from another client."
        fix "`Sec-WebSocket-Accept` is the base64 of the SHA-1 of the key with 258EAFA5-E914-47DA-95CA-C5AB0DC85B11 \
             after it. Let the server's WebSocket library write the answer."
        page "extensions/websockets";
    SUBPROTOCOL_NOT_OFFERED = "VN153" Error "the server chose what was not offered"
        meaning "The server's 101 names a subprotocol or an extension that the handshake did not offer. The two sides \
                 would read the session's messages differently (RFC 6455, section 4.1)."
        why "A server that names its own subprotocol or compression to every client."
        fix "Answer with one of the client's own `Sec-WebSocket-Protocol` values or with none, and likewise for \
             `Sec-WebSocket-Extensions`."
        page "extensions/websockets";
    SESSION_CLOSED_BY_PEER = "VN154" Error "the peer closed the session too early"
        meaning "The other side sent Close before everything was sent and acknowledged, or with another code than 1000 \
                 after it. What was not acknowledged may or may not have been taken."
        why "1008: a message was refused, where no receipts were agreed. 1001: the server shuts down. 1009: a message \
             is too large. 1011: the server failed."
        fix "Read the code and the reason that the message names, and the server's log for this moment. Offering \
             receipts shows which message it was."
        page "extensions/websockets";
    SESSION_LOST = "VN155" Error "the session ended without a Close"
        meaning "The connection broke or ended in the middle of the session. What was not acknowledged may or may not \
                 have been taken."
        why "The server crashed or was restarted, or a proxy ended a connection that was silent or open for too long."
        fix "Look at the server's log for this moment, and at its proxy's time-outs. Send the rest again."
        page "extensions/websockets";
    WEBSOCKET_VIOLATION = "VN156" Error "the peer broke the WebSocket protocol"
        meaning "What came is not a frame that RFC 6455 allows: a reserved bit or opcode, a masked frame from a server, \
                 text that is not UTF-8, a control frame in fragments."
        why "Frames written by hand, compression that was not agreed on, or bytes that another layer put between them."
        fix "Compare with RFC 6455, section 5. Let the server's WebSocket library write the frames."
        page "extensions/websockets";
    WEBSOCKET_MESSAGE_TOO_LARGE = "VN157" Error "a WebSocket message is too large"
        meaning "A message went over the limit that the message names, on its way in or out."
        why "A message that holds a file's content, or a length that is wrong."
        fix "An entity refers to large content by its URL. Entities of a few KiB are usual."
        page "extensions/websockets";
    RECEIPT_WRONG = "VN158" Error "the receipts are wrong"
        meaning "Receipts were agreed on, and what came is not one receipt for each message in their order, counted \
                 from 1. Nothing can be said about what was taken from there on."
        why "A server that answers out of order, twice, or for a message that it did not get."
        fix "Send one receipt for each text or binary message, in the order in which they came, before the Close."
        page "extensions/websockets";
    RECEIPTS_NOT_AGREED = "VN159" Note "no receipts were agreed on"
        meaning "The draft of the WebSocket extension has no answer to a message. The session was closed in order after \
                 everything was sent, and nobody said what became of it: a server without receipts closes with 1008 when it \
                 refuses a message, or says nothing."
        why "The server does not know the subprotocol versia.receipts.v1, which is this program's own, or `--no-receipts` \
             was given."
        fix "Look at the server's log; or deliver over HTTP, where each document gets an answer. A server of your own can \
             send a text frame for each message, in order: {\"receipt\":1,\"status\":202,\"detail\":\"\"}."
        page "extensions/websockets";
    FRAME_NOT_OF_PROTOCOL = "VN160" Error "a message is none of the protocol"
        meaning "The peer sent a message that the session's protocol does not have, or an answer to something that was \
                 not asked."
        why "Another protocol or another version of it at that address, or a server with a fault."
        fix "Compare `--protocol` with what the server speaks; `--protocol raw` shows every message as it is."
        page "extensions/websockets";
    REQUEST_REFUSED = "VN161" Error "the server refuses what was asked for"
        meaning "In the session, the server answered a request with an error, or a join with a refusal. Nothing of it was \
                 done."
        why "An authorizer said no, the topic or chat does not exist, or the request is not complete."
        fix "Read the code and the words of the answer, and the log of the server and of its authorizer."
        page "extensions/websockets";
    PUBLICATION_REFUSED = "VN162" Error "the publication is refused"
        meaning "The hub answered, and did not publish: with a status that is no success, an error frame, or ok = false."
        why "A broadcasting key that is missing or wrong, a broker that is not there or fails, or another version's method."
        fix "Read the words of the answer. wsify's key is given with `--key-file`; RoadRunner's version with `--wire`."
        page "extensions/websockets";
    NOT_GORIDGE = "VN163" Error "the answer is not RoadRunner's RPC"
        meaning "Something answered, and it was no frame of Goridge 3, or not the reply to the call."
        why "Another service listens on that port, such as RoadRunner's own HTTP server, or another version of Goridge."
        fix "Look at `rpc.listen` in RoadRunner's configuration: tcp://127.0.0.1:6001 unless told otherwise."
        page "extensions/websockets";
    BROKER_AWAY = "VN170" Error "the broker cannot be reached"
        meaning "The Redis server that carries publications between nodes is away. Sessions stay open; what other nodes publish \
                 meanwhile is missed, and nothing can be published here. Every topic is subscribed to again when it is back."
        why "Redis was stopped or restarted, the network to it is broken, or the address or the password is wrong."
        fix "Look whether Redis runs: `redis-cli -u URL ping`. `GET /readyz` of each node answers 503 until it is back, and has \
             the count of the gaps."
        page "extensions/websockets";
    READS_TOO_SLOWLY = "VN171" Warning "a subscriber reads too slowly"
        meaning "More waited for this session than may wait, so it was closed with 1013. The other subscribers are not \
                 touched."
        why "A client that does not read, one that takes longer for a message than the next one needs to come, or a slow network."
        fix "Let the client read while it works, and connect and join again. `--max-queue` lets more wait."
        page "extensions/websockets";
    AUTHORIZER_DOWN = "VN172" Error "the authorizer cannot be asked"
        meaning "The authorizer gave no answer, or said by a status of 5xx that it has a problem of its own. Nobody is let in, and \
                 a wsify session whose command it was asked about is closed with 1013, so that the client tries again."
        why "The application that decides is not running, or its address is wrong."
        fix "Look at the application's log, and at the URL of `--authorizer`: it takes a POST and answers 200 to what is allowed."
        page "extensions/websockets";
    STORE_FAILS = "VN180" Error "the store does not take what is to be kept"
        meaning "What was to be written to the file of `--store` is not on the disk. The request that needed it is answered with the \
                 error `internal`, and nothing of it was done."
        why "A disk that is full, a file that is damaged, or a file system that went away."
        fix "Make room, or look at the file with `sqlite3 FILE 'PRAGMA integrity_check'`; then send the request again."
        page "extensions/websockets";
}
