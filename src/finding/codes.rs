//! The one list of codes: `VS` signatures, `VE` entities, `VC` conformance, `VN` network.
//!
//! A code never changes its meaning and is never used again for another one. To add one, write it here in the order of
//! the numbers; `explain`, the README's table (`./scripts/generate`) and the tests follow.

use super::{Code, Level, entity_codes};

macro_rules! codes {
    ($($name:ident = $id:literal $level:ident $title:literal
        meaning $meaning:literal why $why:literal fix $fix:literal page $page:literal;)*) => {
        $(
            #[doc = concat!($id, ": ", $title, ".")]
            pub static $name: Code = Code {
                id: $id,
                title: $title,
                level: Level::$level,
                meaning: $meaning,
                why: $why,
                fix: $fix,
                page: $page,
            };
        )*
        /// The codes of this list, in the order of the numbers.
        pub(super) static LIST: &[&Code] = &[$(&$name),*];
    };
}

pub use super::entity_codes::*;
pub(super) use codes;

const COUNT: usize = entity_codes::LIST.len() + LIST.len();

static JOINED: [&Code; COUNT] = {
    let mut joined = [LIST[0]; COUNT];
    let mut at = 0;
    while at < COUNT {
        joined[at] = match at.checked_sub(entity_codes::LIST.len()) {
            None => entity_codes::LIST[at],
            Some(at) => LIST[at],
        };
        at += 1;
    }
    joined
};

/// Every code, in the order of the numbers.
pub static ALL: &[&Code] = &JOINED;

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
    NOT_THEIRS = "VN210" Warning "the sender may not do this"
        meaning "The entity takes back what is somebody else's, or acts for somebody of another instance than the one that \
                 signed. Nothing was done; `serve --reject` answers 403."
        why "A Delete whose author is not the author of what it deletes, a reference with the wrong domain, or somebody who tries."
        fix "Let the author delete it, from its own instance. A reference without a domain means the author's own instance."
        page "entities/delete";
    NOBODY_ASKED = "VN211" Warning "an answer that nobody waits for"
        meaning "A FollowAccept, FollowReject, SubscribeAccept, SubscribeReject or Federate came for somebody here who did not \
                 ask for it. Nothing was done."
        why "The references are the wrong way round, the Follow was taken back meanwhile, or it was made before this instance \
             was started: what it knows is in memory."
        fix "In an answer, the author is who was asked and the follower who asked, with the domain of this instance."
        page "entities/follow-accept";
    NOT_HERE = "VN212" Warning "nobody of that name is here"
        meaning "The entity is for a user or a group that this instance has not. Nothing was done."
        why "An id of another instance, a user of an earlier run, or a name in the place of the id."
        fix "Look the user up first: WebFinger tells the id, as in `versia-cli discover @alice@b.example`."
        page "federation/discovery";
    NOT_DELIVERED = "VN213" Error "a delivery was given up"
        meaning "An instance that takes part delivers what concerns others, with further attempts when one fails. This delivery \
                 was not taken in the end, or there was no room or time for it."
        why "The other instance refuses it, or is not there; or this one was ended while deliveries waited."
        fix "The records of the attempts tell more: each names the first one in `attempt_of`. For a refusal, read the body of \
             the answer."
        page "federation";
    INSTANCE_UNREACHABLE = "VN230" Error "the instance behind the proxy cannot be reached"
        meaning "`versia-cli proxy` could not connect to the address of `--to`. The client was answered 502 with the cause, and \
                 its request is recorded."
        why "The instance is not running, listens on another port, or its certificate is not trusted."
        fix "Look at the cause, which has a code of its own: whether the instance runs, and where; `--cacert` or `--insecure` \
             for its certificate."
        page "federation/http";
    INSTANCE_HUNG_UP = "VN231" Error "the instance behind the proxy broke off"
        meaning "The instance closed the connection before its answer was whole. The client saw the same: what came of the answer \
                 was passed on, and the connection closed as the instance closed it."
        why "The instance crashed or was stopped, a time limit of its own was over, or its answer is shorter than it says."
        fix "Look at the instance's log at that time; compare the answer's Content-Length with what came."
        page "federation/http";
    PROXY_CANNOT_FOLLOW = "VN232" Warning "what passes cannot be read"
        meaning "What one side sends is no HTTP/1.1 or WebSocket that can be followed, from here on to the end of the connection. It \
                 is relayed on as it comes, and no more of it is recorded."
        why "A malformed head or chunk, two lengths for one body, or another protocol behind an upgrade."
        fix "Look at the record, which has the bytes where it went wrong, and at what the other side answered to them."
        page "federation/http";
    PROXY_NOT_RECORDED = "VN233" Warning "something passed without a record"
        meaning "More passed than could be verified and recorded beside it, so that some of it has no record. It was relayed all the \
                 same: what passes never waits for its record."
        why "Very much traffic, a slow disk, or output that nobody reads."
        fix "Read the output faster or write it to a file; `--no-validate` and a smaller `--max-body` make records cheaper."
        page "federation/http";
    OTHER_SPELLING = "VN240" Warning "only another spelling of the path answers"
        meaning "The entity is not at the path that the documents have for it, and it is at another: with an implementation's own \
                 name of the type, or with the type in the path not encoded, or encoded twice."
        why "Versia Server 0.9 has users at pub.versia:users/User and notes at pub.versia:notes/Note. Routers that decode a path \
             before they look at it do not find pub.versia%3Alikes%2FLike."
        fix "Serve the documents' path: /.versia/v0.6/entities/{type}/{id}, each part percent-encoded once. A client that has to \
             talk to such an instance asks for both."
        page "api/endpoints";
    NOT_WHAT_WAS_ASKED_FOR = "VN241" Error "the answer is another entity than the one that was asked for"
        meaning "The path names a type and an id, and the entity in the answer has another type or another id."
        why "A cache or a router that takes one path for another, or an id of the database's own in the entity."
        fix "Answer with the entity whose id is in the path, and write the same id into it."
        page "api/endpoints";
    SIGNED_BY_ANOTHER_HOST = "VN242" Error "another instance signed the answer"
        meaning "The answer comes from one host and is signed in the name of another. Who signs speaks for its own domain only."
        why "A proxy in front of several instances, a domain that was changed, or an instance that is set up with another domain."
        fix "Sign with the domain that the instance is asked by. Look at `domain` in its metadata."
        page "signatures";
    COLLECTION_TOTAL_WRONG = "VN243" Warning "the collection's total is wrong"
        meaning "The collection says how many items it has, and its pages have another number of them, or they say different totals."
        why "The total counts what is not shown (deleted, blocked, or not public), or the collection changed meanwhile."
        fix "Count what the pages have. A client should read until a page is empty, and not rely on the total."
        page "structures/collection";
    COLLECTION_REPEATS = "VN244" Error "the collection's pages repeat"
        meaning "A page brought nothing that had not come before. Reading on would never end, so that it ended here."
        why "The server does not heed `offset`, or a cache leaves out the query."
        fix "Heed `offset` and `limit` in the query, also in the key of every cache."
        page "structures/collection";
    PAGE_TOO_LONG = "VN245" Warning "a page has more items than were asked for"
        meaning "The page holds more items than `limit` said, or more than the 40 that the documents allow."
        why "The server does not heed `limit`."
        fix "Send at most `limit` items; without it, at most 40."
        page "structures/collection";
    NOT_ALL_FETCHED = "VN246" Warning "not everything was fetched"
        meaning "As many requests were made as one run makes, and there is more to ask for."
        why "A large collection, many references, or a server that always has one more."
        fix "`--max-requests N` allows more; `--limit` and a smaller `--depth` ask for less."
        page "structures/collection";
    PAUSE_ASKED_FOR = "VN247" Warning "the server asks for a pause"
        meaning "The server answered 429 or 503, or its RateLimit-Remaining is 0. It was not asked for anything more in this run."
        why "Too many requests in too short a time."
        fix "Run again when the pause is over. `--limit` and a smaller `--depth` ask for less."
        page "federation/http";
    NO_COMMON_VERSION = "VN248" Error "no version in common"
        meaning "The instance lists the versions of the protocol that it speaks, and 0.6 is not among them."
        why "It implements an earlier draft or a later version, or the list was not kept up."
        fix "List `0.6.0` in `versions` of /.well-known/versia when the instance speaks it."
        page "federation/discovery";
    VERSION_NOT_EXACT = "VN249" Warning "the versions do not have exactly 0.6.0"
        meaning "The instance lists a version of 0.6, and not `0.6.0` itself. Versia Server 0.9 looks for exactly that text, and takes \
                 such an instance for one that it cannot talk to."
        why "A later patch version, or one that is written otherwise, such as `0.6` or `v0.6.0`."
        fix "List `0.6.0` beside it."
        page "federation/discovery";
    NO_HTTP2 = "VN250" Warning "HTTP/2 is not supported"
        meaning "In the TLS handshake the server did not choose HTTP/2 (ALPN `h2`), or did not answer over it. The documents want it \
                 supported; everything works over HTTP/1.1 as well."
        why "A server or a proxy without HTTP/2, or one where it is not switched on."
        fix "Switch it on: in nginx `http2 on;`. Caddy and Traefik have it unless told otherwise."
        page "federation/http";
    CERTIFICATE_ENDS_SOON = "VN251" Warning "the certificate ends soon"
        meaning "The server's certificate is valid for less than 14 days more. Nothing is wrong yet."
        why "Its renewal is late: certificates that are renewed by a program are mostly renewed 30 days before."
        fix "Look at what renews it (certbot, Caddy, the provider), and whether the server loads the new one."
        page "federation/http";
    WEBFINGER_WRONG = "VN252" Error "WebFinger does not lead to the user"
        meaning "The document has no link with `rel` self that leads to the user, or it is about another one."
        why "A document for another protocol only, or a server that answers for every name."
        fix "Answer with `subject` acct:name@domain, and a link with rel `self`, type `application/vnd.versia+json` and the user's \
             address as href."
        page "federation/discovery";
    WEBFINGER_LINK_TYPE = "VN253" Warning "WebFinger's link has another type"
        meaning "The `self` link to the user does not have the type `application/vnd.versia+json`. A reader that goes by the documents \
                 does not find it."
        why "Versia Server 0.9 writes `application/json`. Links of other protocols have types of their own."
        fix "Give the link the type `application/vnd.versia+json`."
        page "federation/discovery";
    METADATA_OF_ANOTHER_DOMAIN = "VN254" Error "the metadata names another domain"
        meaning "The instance's metadata has another domain than the one that was asked. What it signs is not taken for the other's."
        why "The instance is set up with another domain, or a proxy leads to the wrong one."
        fix "Write the domain that the instance is reached by into `domain` of its metadata."
        page "entities/instance-metadata";
    ADDRESS_SILENT = "VN255" Warning "one of the addresses takes no connections"
        meaning "The name has several addresses, and not all of them take connections. Who tries that one first waits, or fails."
        why "A DNS record (often AAAA) of a machine that is gone, or a firewall that is open for IPv4 only."
        fix "Remove the record, or let the server listen at that address too."
        page "federation/http";
    LINK_LEADS_ELSEWHERE = "VN256" Warning "the user's link leads to another host"
        meaning "WebFinger of one domain leads to a user at another host. What comes from there is that host's, and not the domain's."
        why "The user has moved, the domain delegates its users, or the address is written with an internal host."
        fix "Serve the user at the domain that is in the user's address."
        page "federation/discovery";
    RETRIED_TOO_EARLY = "VN260" Error "the retry came too early"
        meaning "The sender was told by Retry-After how long to wait, and came again with the same delivery before that time was \
                 over. A client has to respect it."
        why "The sender retries on a schedule of its own and does not read Retry-After, or takes its seconds for milliseconds."
        fix "Read Retry-After on 429 and 503: seconds, or a date. Wait the longer one of it and of your own backoff."
        page "federation/http";
    RATE_LIMIT_IGNORED = "VN261" Error "the rate limit is not respected"
        meaning "RateLimit-Remaining was 0, and the sender sent more before the seconds of RateLimit-Reset were over. A client has \
                 to respect these headers."
        why "The sender does not read the headers, reads X-RateLimit-* instead, or reads them on 429 only."
        fix "After an answer with RateLimit-Remaining: 0, send nothing to this instance for the seconds of RateLimit-Reset."
        page "federation/http";
    RETRIED_WHAT_IS_FINAL = "VN262" Warning "what was refused for good was sent again"
        meaning "The same delivery came again after an answer that no retry changes: a 4xx other than 408, 425 and 429, or a \
                 redirect."
        why "The sender retries after every failure, whatever its status."
        fix "Give up after such an answer, or change what it complains about. Retry after 408, 425, 429, 5xx and lost connections."
        page "federation/http";
    RETRIES_WITHOUT_BACKOFF = "VN263" Warning "the retries do not spread out"
        meaning "The waits between the attempts of a delivery stay the same, or there are none. An instance that is down or \
                 overloaded gets the same load again and again."
        why "A fixed interval, or a loop without a wait."
        fix "Double the wait after each failure up to a limit, and take a random part of it, so that senders do not come together."
        page "federation/http";
    DELIVERED_AGAIN = "VN264" Warning "what was accepted was delivered again"
        meaning "The same body came again after an answer of 2xx."
        why "The sender did not see the answer, counts a slow answer as lost, or delivers once for each recipient of an instance."
        fix "Deliver once for each instance, to its shared inbox, and take every 2xx for done. Receivers go by the entity's id."
        page "federation/http";
    REDIRECT_FOLLOWED = "VN265" Warning "a redirect was followed"
        meaning "The sender asked for the address that a redirect named. The API's paths do not redirect, and the signature is for \
                 the path that was asked for first."
        why "The HTTP client follows redirects unless it is told not to."
        fix "Turn that off, and take a redirect for a refusal."
        page "federation/http";
    CHANGED_BETWEEN_ATTEMPTS = "VN266" Warning "the body changed between attempts"
        meaning "The attempts of one delivery, by its path, type and id, do not have the same bytes."
        why "The entity is written anew for each attempt, with another order, another time or newer content."
        fix "Keep the bytes with the delivery, and sign them anew for each attempt."
        page "json";
    RETRIED_WITH_OLD_SIGNATURE = "VN267" Warning "a retry has a signature that is too old"
        meaning "The retry was signed more than 300 s before it came, so that a receiver answers 422."
        why "The signed request is kept and sent again as it is."
        fix "Sign each attempt anew, with the present time."
        page "signatures";
    NOT_RETRIED = "VN268" Note "a failure that passes was not tried again"
        meaning "The delivery met 408, 425, 429, 5xx or a lost connection, and did not come again as long as was looked."
        why "The sender does not retry, or waits longer than the records go."
        fix "Nothing to do where a delivery may be lost. Else keep it, and try again with growing waits."
        page "federation/http";
    REPLAYED = "VN270" Warning "a signature that came before"
        meaning "The very same signature was accepted a while ago: the same bytes, signed at the same second. Whoever saw the first \
                 message can send it again as long as its time is good."
        why "A retry of something that was accepted, sent without being signed anew; or somebody plays back what was recorded."
        fix "Sign each message anew. As a receiver, remember signatures for 300 s, and go by the ids of entities."
        page "signatures";
    LIMIT_REACHED = "VN271" Error "a limit of this server was reached"
        meaning "What came was longer, slower or more than this server takes, so it was cut off. The record says which limit."
        why "A body, a head or a message that is too large, a sender that stalls, or too many connections from one address."
        fix "`--max-body` takes larger bodies and messages; the other limits are fixed."
        page "federation/http";
    INSPECTOR_HOST = "VN280" Error "the inspector was asked for under another name"
        meaning "The request's Host is not the inspector's own address: 127.0.0.1, [::1] or localhost, with its port. It is \
                 answered with 403, and nothing is shown."
        why "A name that is bound to 127.0.0.1, such as one of /etc/hosts, a reverse proxy in front of the inspector; or a page from \
             elsewhere whose own name was bound to this machine, to read what is here (DNS rebinding)."
        fix "Open the address that was printed, as it stands there. A program on this machine uses that address as well."
        page "federation/http";
    INSPECTOR_ORIGIN = "VN281" Error "a page from elsewhere asks the inspector"
        meaning "The request's Origin or Sec-Fetch-Site says that a browser sends it for another page than the inspector's own. It \
                 is answered with 403, and nothing is shown or done."
        why "Any page in a browser can ask ports of the machine that it is shown on; or the page was opened as localhost and asks \
             127.0.0.1, which is another origin."
        fix "Open the address that was printed, and use the page from there. A program sends no Origin."
        page "federation/http";
    INSPECTOR_TOKEN = "VN282" Error "the inspector wants its token"
        meaning "What does something (replay, post, follow, faults) is only done for who shows the inspector's token, in \
                 Authorization: Bearer. It is answered with 401."
        why "The page was opened without the part of its address behind the #, or the server was started anew and has another token."
        fix "Open the address that was printed, whole. For programs, `--inspector-token-file FILE` keeps one token: \
             curl -H \"Authorization: Bearer $(cat FILE)\" …"
        page "federation/http";

    HEADER_MISSING = "VS101" Error "a signature header is missing"
        meaning "One of Versia-Signature, Versia-Signed-At and Versia-Signed-By is not in the message. All three are \
                 required on every POST, every GET and every response to a GET; only /.well-known/versia, \
                 /.versia/v0.6/instance and instance messaging go unsigned. An instance answers 401."
        why "The sender does not sign this kind of message, a reverse proxy or a cache dropped headers it does not \
             know, or the sender speaks an earlier draft: 0.4 had X-Signature, X-Signed-By and X-Nonce."
        fix "Sign the message with all three headers. If the sender does, compare what it sends with what arrives: \
             the proxy in between has to pass them on."
        page "signatures";
    HEADER_DOUBLED = "VS102" Error "a signature header is there more than once"
        meaning "A signature header occurs twice or more, so that nobody can say which value counts. It is refused, \
                 since two readers could take different ones."
        why "A proxy and the application both add it, or a client library appends a header where it should set it."
        fix "Set the header once. In most HTTP libraries that is `set` instead of `append` or `add`."
        page "signatures";
    HEADER_EMPTY = "VS103" Error "a signature header is empty"
        meaning "A signature header is there, but with nothing in it."
        why "A variable that was never filled: the key or the domain is missing from the sender's configuration."
        fix "Look at where the sender takes the value from. `versia-cli sign` shows what a full set of headers looks like."
        page "signatures";
    SIGNATURE_NOT_BASE64 = "VS104" Error "the signature is not base64"
        meaning "Versia-Signature has to be standard base64 with padding (alphabet A-Z a-z 0-9 + /). What came cannot \
                 be decoded as that."
        why "The sender writes base64url (with - and _), leaves the = away, writes hex, or wraps the value in quotes \
             or spaces."
        fix "Encode the 64 raw bytes of the signature with the standard alphabet and padding: 88 characters that end in ==."
        page "signatures";
    SIGNATURE_WRONG_LENGTH = "VS105" Error "the signature does not have 64 bytes"
        meaning "Versia-Signature decodes, but an Ed25519 signature has exactly 64 bytes."
        why "The value was cut off, is the base64 of a hex text, is a DER-wrapped signature, or was made with another \
             algorithm than Ed25519."
        fix "Sign with Ed25519 and encode the raw 64 bytes, without any wrapping."
        page "signatures";
    SIGNED_BY_NOT_DOMAIN = "VS106" Error "the signer is not a domain"
        meaning "Versia-Signed-By has to be the signing instance's domain: a hostname in Punycode, without scheme, \
                 port, path or trailing dot. The receiver fetches the key from there, so that it has to be exact."
        why "Drafts before 0.6 were signed by users, and the header held the user's URI or `instance <host>`. Or a base \
             URL from the configuration was used where its host was meant."
        fix "Send the bare domain: `b.example`, not `https://b.example` or `b.example:443`."
        page "api/basics";
    HEADER_NOT_TEXT = "VS107" Error "a signature header is not plain text"
        meaning "A signature header has bytes outside printable ASCII. All three values are plain ASCII by their rules."
        why "A domain in Unicode where Punycode is meant, or a value that was never encoded."
        fix "Write international domains in Punycode (`xn--…`) and the signature in base64."
        page "signatures";
    TIME_NOT_SECONDS = "VS201" Error "the time is not whole Unix seconds"
        meaning "Versia-Signed-At has to be the time of signing as whole seconds since 1970-01-01T00:00:00Z, in \
                 decimal digits and nothing else."
        why "A date in ISO 8601, a fraction, or the output of a float."
        fix "Send whole seconds: `Math.floor(Date.now() / 1000)`, `int(time.time())`, `time.Now().Unix()`. Sign the \
             same text that you send."
        page "signatures";
    TIME_TOO_OLD = "VS202" Error "signed too long ago"
        meaning "Versia-Signed-At lies further in the past than the receiver allows: 300 seconds. An instance answers \
                 422, whatever the signature is worth."
        why "The message waited in a queue or was replayed, it is being verified long after it was made, or a clock \
             is wrong."
        fix "Sign right before sending, and again for each retry. Compare both clocks with a time server. To look at an \
             old message, verify it with `--as-of` its own time, or `--as-of ignore`."
        page "signatures";
    TIME_IN_FUTURE = "VS203" Error "signed in the future"
        meaning "Versia-Signed-At lies further in the future than the receiver allows: 300 seconds. An instance \
                 answers 422, whatever the signature is worth."
        why "Milliseconds where seconds are meant (the value then lies fifty thousand years ahead; the documents' own \
             sample code does this), a local time taken for UTC, or a clock that is wrong."
        fix "Send whole seconds in UTC, and compare both clocks with a time server."
        page "signatures";
    KEY_UNAVAILABLE = "VS301" Error "the signer's key is not known"
        meaning "Nothing could be verified, because there was no public key for the signer."
        why "No key was given, and no stored identity has the signer's domain; or the key could not be fetched."
        fix "Give it: `--public-key`, or `--metadata` with the signer's InstanceMetadata document; or let `--fetch-key` \
             ask the signer's instance. Where that was tried, the message tells what was in the way."
        page "entities/instance-metadata";
    KEY_WEAK = "VS302" Error "the public key is weak"
        meaning "The public key is a point of small order: signatures that verify under it for nearly any message can \
                 be made by anybody. Strict verification refuses it."
        why "A placeholder (all zeros), a test vector, or an attack. No key generator makes such a key."
        fix "Make a new key with `versia-cli keygen`, and publish its public half in the instance's metadata."
        page "signatures";
    KEY_OF_ANOTHER_DOMAIN = "VS303" Warning "the metadata is another instance's than the signer's"
        meaning "The InstanceMetadata that the key was taken from names another domain than Versia-Signed-By does. A \
                 receiver fetches the key from the signer's domain, and would not come across this one."
        why "The wrong document was given, or the instance's metadata names the wrong domain."
        fix "Take the document from https://<signed-by>/.versia/v0.6/instance, and look at its `domain` field."
        page "entities/instance-metadata";
    KEY_FORM_UNUSUAL = "VS304" Warning "the published key has another form than SPKI in base64"
        meaning "The metadata's `public_key.key` holds the right key in a form that the documents do not know: raw bytes, \
                 hex or PEM. It is read here; an instance that goes by the documents refuses it."
        why "The key library's own export was published as it is."
        fix "Publish base64 of the DER of SPKI, 60 characters that begin with MCowBQYDK2VwAyEA: `versia-cli key FILE \
             --to spki-base64` prints it."
        page "entities/instance-metadata";
    SIGNATURE_MISMATCH = "VS401" Error "the signature does not match"
        meaning "The signature is well formed, but it was not made by this key over this string: method in lower case, \
                 path without the query, time, and the base64 of the body's SHA-256, with one space between them."
        why "The body changed on the way (parsed and written again, a newline added), the sender signed another path, \
             method or time than it sent, or the key is not the one that signed."
        fix "Compare the signed string below part by part with the one the sender builds. `versia-cli sign` with the \
             sender's key prints what should have been sent."
        page "signatures";
    SIGNATURE_NOT_STRICT = "VS402" Error "the signature is malformed"
        meaning "The 64 bytes cannot be a signature that an honest signer made: its scalar is not reduced (s ≥ L), or \
                 its point is of small order or not a point. Strict verification refuses it before looking at the message."
        why "Bytes that are not an Ed25519 signature at all, a value that was changed on the way, or a forgery that \
             lax verifiers accept."
        fix "Sign with a standard Ed25519 implementation, and send its 64 bytes as they are."
        page "signatures";
    METHOD_CASE = "VS403" Error "the method is signed in another letter case"
        meaning "The sender signed the method as it stands in the request line, or with a capital. The signed string has \
             it in lower case."
        why "The method was taken from the request object, where it is in upper case."
        fix "Put the method into lower case before it goes into the signed string: `method.toLowerCase()`, \
             `method.lower()`, `strings.ToLower(method)`."
        page "signatures";
    METHOD_OTHER = "VS404" Error "another method is signed"
        meaning "The signed string has another method than the message was sent with. A response is signed with the \
             method of the request that it answers."
        why "A method that is fixed in the code, a client that turned POST into GET, or a response that was signed as \
             if it were a request of its own."
        fix "Sign the method that goes over the wire; for a response, that of its request."
        page "signatures";
    PATH_WITH_QUERY = "VS411" Error "the query is signed with the path"
        meaning "The sender signed the path with `?` and the query behind it. The signed string has the path alone."
        why "The request's target or URI was signed as a whole: `req.url`, `request.full_path`, `r.RequestURI`."
        fix "Sign the path only: `new URL(url).pathname`, `request.path`, `r.URL.EscapedPath()`."
        page "signatures";
    PATH_DECODED = "VS412" Error "the path is signed decoded"
        meaning "The sender signed the path with its percent-escapes decoded. The signed string has the path URL-encoded, \
             as it is on the wire."
        why "The framework hands out a decoded path: Go's `r.URL.Path`, Python's `request.path`, Ruby's `path_info`."
        fix "Sign the path as it is sent: Go `r.URL.EscapedPath()`, WSGI `RAW_URI`, ASGI `raw_path`, Node `req.url` \
             up to `?`."
        page "signatures";
    PATH_DOUBLE_ENCODED = "VS413" Error "the path is encoded twice in the signed string"
        meaning "The sender encoded a path that was encoded already: `%3A` became `%253A`. Versia Server 0.9 does this \
             when it signs and when it verifies."
        why "`encodeURI(url.pathname)`, or another encoder behind a URL library that had encoded the path before."
        fix "Leave the second encoding out: `new URL(url).pathname` is encoded. Between two instances that both do \
             it, it goes unnoticed; `verify --profile versia-server-0.9` verifies as such an instance does."
        page "signatures";
    PATH_LETTER_CASE = "VS414" Error "the letters of the path are in another case"
        meaning "The signed path differs in upper and lower case only: in the digits of its percent-escapes (`%3a` for \
             `%3A`), or in all of it."
        why "A library or a proxy writes escapes anew in the case it likes, or the whole string was put into lower \
             case instead of the method alone."
        fix "Sign the very text that is sent, and do not let anything in between write it anew."
        page "signatures";
    PATH_SIGNED_NORMALISED = "VS415" Error "the path is signed normalised"
        meaning "The sender signed the path after a library had tidied it: `.` and `..` resolved, doubled slashes joined. \
             Another one was sent."
        why "A URL or router library normalises the path, and the client sends the text from before; or a proxy does \
             it on the way."
        fix "Take the path to sign from the same object that the request is sent with, and send no path that a \
             library would change."
        page "signatures";
    PATH_WITH_HOST = "VS416" Error "the whole URL is signed, or the host with the path"
        meaning "The signed string has scheme and host before the path, or the host alone. It has the path alone."
        why "The URL was signed as it was given to the HTTP client, or the absolute form of the target behind a \
             proxy."
        fix "Sign `new URL(url).pathname`, `urlsplit(url).path`, `u.EscapedPath()`."
        page "signatures";
    PATH_TRAILING_SLASH = "VS417" Error "the path is signed with or without a slash at its end"
        meaning "The signed path and the one that was sent differ in a slash at the end."
        why "A router or an HTTP client adds or removes it, or the path is put together from a base that ends with \
             one."
        fix "Sign the path as it is sent, with its slash or without."
        page "signatures";
    PATH_WITHOUT_PREFIX = "VS418" Error "the path is signed without its beginning"
        meaning "The signed path lacks the first parts of the one that was sent."
        why "The application is mounted under a prefix and sees only the rest, a proxy strips or adds the prefix, or \
             the code signs the route's own path."
        fix "Sign the path as it is on the wire. In Express that is `req.originalUrl`, behind a stripping proxy a \
             header such as X-Forwarded-Prefix."
        page "signatures";
    PATH_EMPTY = "VS419" Error "no path is signed, or only `/`"
        meaning "The signed string has nothing, or the bare root, where the path belongs."
        why "The signer was given the base URL, or a variable that was never filled."
        fix "Sign the path that the request goes to."
        page "signatures";
    PATH_ENCODED_OTHERWISE = "VS420" Error "the path is signed in another encoding"
        meaning "The signed path and the one that was sent mean the same, but other characters are percent-encoded in \
             them."
        why "Two encoders at work: `encodeURIComponent`, Python's `quote`, PHP's `rawurlencode` and the HTTP client's \
             own do not encode the same characters."
        fix "Encode the path once, sign that text, and send that text."
        page "signatures";
    TIME_IN_MILLISECONDS = "VS421" Error "the string has milliseconds, the header another unit"
        meaning "The third part of the signed string is in milliseconds, while Versia-Signed-At has whole seconds. Both \
             have to be the same text."
        why "`Date.now()` went into the string and a rounded one into the header. The documents' own sample verifier \
             does the like."
        fix "Make the text once, `String(Math.floor(Date.now() / 1000))`, and use it for both."
        page "signatures";
    TIME_HEADER_OTHER = "VS422" Error "the header has another unit than the string"
        meaning "The third part of the signed string is in whole seconds, as it has to be, and Versia-Signed-At is not."
        why "The header was filled with `Date.now()` or a date, while the string was made with seconds."
        fix "Send the same text that was signed: whole Unix seconds."
        page "signatures";
    TIME_IN_MICROSECONDS = "VS423" Error "the string has microseconds or nanoseconds"
        meaning "The third part of the signed string is in micro- or nanoseconds, and the header is not."
        why "`time.UnixNano()`, `microtime`, `System.nanoTime()` went into the string."
        fix "Make the text of whole seconds once, and use it for the string and the header."
        page "signatures";
    TIME_AS_FRACTION = "VS424" Error "the string has a number with a fraction"
        meaning "The third part of the signed string is a decimal number such as `1729243417.0` or `1729243417.123`."
        why "`time.time()` or another float went into the string, and a rounded one into the header."
        fix "Round first and make the text once: `str(int(time.time()))`."
        page "signatures";
    TIME_AS_DATE = "VS425" Error "the string has a date"
        meaning "The third part of the signed string is a date in ISO 8601 or in the form of HTTP's Date header. It has \
             to be whole Unix seconds."
        why "A date object was put into a string: `toISOString()`, `isoformat()`, or the Date header was signed, as \
             another signature scheme has it."
        fix "Sign and send whole Unix seconds as digits."
        page "signatures";
    TIME_ZONE = "VS426" Error "the two times differ by a time zone"
        meaning "The time in the signed string and the one in the header lie a whole number of quarter hours apart, as \
             time zones do."
        why "A local time was taken for UTC in one of the two places: `mktime` of a UTC time, \
             `datetime.utcnow().timestamp()`."
        fix "Take both from one value: Unix seconds know no time zone."
        page "signatures";
    TIME_READ_TWICE = "VS427" Error "the two times differ by a few seconds"
        meaning "The time in the signed string is a few seconds off the one in the header."
        why "The clock was read twice: once for the string, once for the header. It fails now and then only."
        fix "Read the clock once, and use the same text for both."
        page "signatures";
    DIGEST_HEX = "VS431" Error "the digest is signed in hex"
        meaning "The fourth part of the signed string is the body's SHA-256 in hex, or in base64 of the hex. It has to be \
             base64 of the 32 bytes."
        why "The hash function gives hex: `hexdigest()`, PHP's `hash()` without its third argument, `digest('hex')`."
        fix "Encode the raw bytes: `base64.b64encode(sha256(body).digest())`, `base64_encode(hash('sha256', $body, \
             true))`, `digest('base64')`."
        page "signatures";
    DIGEST_BASE64URL = "VS432" Error "the digest is signed in base64url"
        meaning "The fourth part of the signed string has `-` and `_` where standard base64 has `+` and `/`."
        why "A URL-safe encoder: `urlsafe_b64encode`, `base64.URLEncoding`, `digest('base64url')`."
        fix "Use standard base64 with padding."
        page "signatures";
    DIGEST_UNPADDED = "VS433" Error "the digest is signed without padding"
        meaning "The fourth part of the signed string lacks the `=` at its end."
        why "An encoder without padding: `base64.RawStdEncoding`, Rust's `STANDARD_NO_PAD`."
        fix "Use standard base64 with padding: 44 characters, the last one `=`."
        page "signatures";
    DIGEST_PREFIXED = "VS434" Error "the digest is signed with the hash's name before it"
        meaning "The fourth part of the signed string has `SHA-256=` or the like before the digest."
        why "The value of a `Digest` or `Content-Digest` header was signed, as other signature schemes have it."
        fix "Sign the base64 alone."
        page "signatures";
    DIGEST_OTHER_HASH = "VS435" Error "another hash than SHA-256 is signed"
        meaning "The fourth part of the signed string is the SHA-512 or SHA-384 of the body."
        why "The hash function was mixed up with the one inside Ed25519."
        fix "Hash the body with SHA-256."
        page "signatures";
    DIGEST_MISSING = "VS436" Error "the body is signed itself, or nothing of it"
        meaning "The fourth part of the signed string is the body instead of its digest, or is empty."
        why "The hashing step was left out."
        fix "Put base64 of the SHA-256 of the body there; for a GET, that of no bytes: \
             47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=."
        page "signatures";
    BODY_EMPTY = "VS441" Error "the digest is that of an empty body"
        meaning "The message has a body, and the sender signed the digest of no bytes."
        why "The body was hashed before it was there, or after its stream had been read; or what is signed is treated \
             as a GET."
        fix "Serialise the body first, hash those bytes, and send those bytes."
        page "signatures";
    BODY_RESERIALISED = "VS442" Error "the body was written anew after or before signing"
        meaning "What was signed has the same content as what came, but in other bytes: other blanks, escapes, numbers or \
             order of keys. The message names the serialiser that makes the signed bytes."
        why "The sender signs a string that it makes with one serialiser, and the HTTP client makes another from the \
             same object; or a receiver or proxy parses the body and writes it again before verifying."
        fix "Sender: serialise once, hash those bytes and send those bytes (`body:` instead of `json:` in most \
             clients). Receiver: verify the raw bytes, before any JSON middleware."
        page "signatures";
    BODY_FINAL_NEWLINE = "VS443" Error "the body differs by a newline at its end"
        meaning "What was signed has a newline (or other blanks) at its end that the message has not, or the other way \
             round."
        why "An editor or `echo` adds it, `$(…)` and `trim()` remove it, some encoders end a document with it; `curl \
             -d @file` removes newlines."
        fix "Hash the bytes that are sent. With curl: `--data-binary @file`."
        page "signatures";
    BODY_LINE_ENDS = "VS444" Error "the body has other line ends"
        meaning "What was signed has LF where the message has CRLF, or the other way round."
        why "A text mode on Windows, an editor, or a gateway that changes line ends. `curl -d @file` removes them."
        fix "Hash the bytes that are sent, and read files in binary mode."
        page "signatures";
    BODY_MARK = "VS445" Error "the body differs by a byte order mark"
        meaning "The body begins with the bytes EF BB BF on one side only."
        why "An editor on Windows, or .NET's default UTF-8 encoding, puts the mark there; some readers remove it."
        fix "Send JSON without it: `new UTF8Encoding(false)`."
        page "signatures";
    BODY_ENCODED = "VS446" Error "the body is signed in another encoding"
        meaning "What was signed is the body decoded or encoded: without its compression, in another character set, or in \
             base64."
        why "The content was compressed after it had been signed, or a text was hashed in the language's own \
             character set."
        fix "The signature is over the body's bytes as they are sent. Send it without Content-Encoding, in UTF-8."
        page "signatures";
    BODY_AS_JSON_TEXT = "VS447" Error "the body is signed as a JSON string"
        meaning "What was signed is the document within quotes, with its own quotes escaped; or the message has it so, \
             and its content was signed."
        why "The document was serialised twice: a text that already is JSON was given to a serialiser. In the \
             WebSocket extension `entity` is such a string, and its content is what is signed."
        fix "Serialise once. For a WebSocket message, sign the entity's JSON before it becomes the value of `entity`."
        page "signatures";
    BODY_PLACEHOLDER = "VS448" Error "a placeholder is signed where there is no body"
        meaning "The message has no body, and the sender signed the digest of `{}`, `null` or the like."
        why "An absent body was serialised like any other."
        fix "Without a body, the digest is that of no bytes: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=."
        page "signatures";
    SEPARATORS = "VS451" Error "the parts are joined in another way"
        meaning "The four parts are right, but something else than one space stands between them."
        why "Another scheme's way to join: newlines, colons, or nothing."
        fix "Join the four parts with one space each."
        page "signatures";
    STRING_END = "VS452" Error "the signed string has something at its end"
        meaning "Behind the digest there is a newline or a blank in the signed string."
        why "`echo` without `-n`, a heredoc, `println`, or an encoder that ends its output with a newline, as Ruby's \
             `Base64.encode64` does."
        fix "Nothing stands behind the digest: `printf %s`, `strict_encode64`, `trim()`."
        page "signatures";
    SIGNATURE_BASE64URL = "VS461" Error "the signature is in base64url"
        meaning "The signature is right, but Versia-Signature has it with `-` and `_`. It has to be standard base64 with \
             padding."
        why "A URL-safe encoder, or a signature taken from a JWT library."
        fix "Use standard base64 with padding: `+` and `/`, 88 characters that end in ==."
        page "signatures";
    SIGNATURE_UNPADDED = "VS462" Error "the signature lacks its padding"
        meaning "The signature is right, but the == at its end is missing."
        why "An encoder without padding, or a header parser that cuts values at `=`."
        fix "Use standard base64 with padding: 88 characters that end in ==."
        page "signatures";
    SIGNATURE_HEX = "VS463" Error "the signature is in hex"
        meaning "The signature is right, but Versia-Signature has it in hex, or in base64 of the hex."
        why "The library gives hex, and it was sent as it is."
        fix "Encode the 64 raw bytes in standard base64."
        page "signatures";
    SIGNATURE_WRAPPED = "VS464" Error "the signature is wrapped in DER"
        meaning "The signature is right, but an ASN.1 wrapping stands around its 64 bytes."
        why "A library or an HSM that wraps signatures, as it is usual for ECDSA."
        fix "Take the 64 bytes out of the wrapping."
        page "signatures";
    SIGNATURE_SPACED = "VS465" Error "the signature has blanks or quotes in it"
        meaning "The signature is right, but blanks, line breaks or quotes stand around or within it."
        why "A base64 encoder that breaks lines (`base64` without `-w 0`, `encode64`), or a value that was put in \
             quotes."
        fix "Send the 88 characters and nothing else."
        page "signatures";
    KEY_OTHER = "VS471" Error "another of the known keys signed"
        meaning "The signature was not made by the key of the signer that the message names, but by another one that is \
             known here."
        why "Two instances or environments were mixed up: a key file of another deployment, a wrong domain in the \
             configuration."
        fix "Sign with the key whose public half the domain in Versia-Signed-By publishes, or correct the domain."
        page "signatures";
    KEY_PREVIOUS = "VS472" Error "the signer's previous key signed"
        meaning "The signature was made by a key that the signer had before the one that it publishes now."
        why "The key was changed, and a part of the sender still signs with the old one; or a message from before the \
             change is verified."
        fix "Restart what signs, and sign again what waits in queues. Receivers that keep keys have to fetch them \
             anew."
        page "signatures";
    KEY_OF_USER = "VS473" Error "a user's key signed"
        meaning "The signature was made by a user's key. Since 0.6 the instance signs, with the key in its metadata."
        why "The sender follows draft 0.5 or earlier, in which users had keys."
        fix "Sign with the instance's key, and name its domain in Versia-Signed-By."
        page "signatures";
    KEY_PRIVATE_HALF = "VS474" Error "the published key is the private half"
        meaning "The 32 bytes that are published as the public key are the seed of the key that signed. Everybody can \
             sign with it."
        why "The two halves were mixed up when the key was published."
        fix "Make a new key at once, and publish its public half: `versia-cli keygen` prints it."
        page "signatures";
    SCHEME_NONCE = "VS481" Error "signed as draft 0.4 has it, with a nonce"
        meaning "The sender signs as draft 0.4 did: X-Signature, X-Signed-By and X-Nonce, with the nonce in the place of \
             the time."
        why "The sender implements an earlier draft of the protocol."
        fix "Move the sender to 0.6: Versia-* headers, whole Unix seconds instead of the nonce, signed by the \
             instance."
        page "signatures";
    SCHEME_USER = "VS482" Error "signed by a user, as draft 0.5 has it"
        meaning "Versia-Signed-By names a user's URI, or `instance <host>`, as in draft 0.5. Since 0.6 the instance \
             signs, and is named by its domain."
        why "The sender implements draft 0.5."
        fix "Sign with the instance's key, and send its bare domain."
        page "signatures";
    SCHEME_MESSAGE_SIGNATURES = "VS483" Error "signed by another scheme: RFC 9421"
        meaning "The message carries Signature-Input and Signature, the headers of HTTP Message Signatures (RFC 9421), \
             and no Versia signature."
        why "A library for that standard was used, or the sender speaks to another network."
        fix "Sign as Versia has it: `versia-cli sign` shows the string and the three headers."
        page "signatures";
    SCHEME_CAVAGE = "VS484" Error "signed by another scheme: draft-cavage HTTP signatures"
        meaning "The message carries a Signature header with keyId and headers, as draft-cavage-http-signatures has it \
             and ActivityPub uses it, and no Versia signature."
        why "The sender speaks ActivityPub, or a library for it was used."
        fix "Sign as Versia has it: `versia-cli sign` shows the string and the three headers."
        page "signatures";
    UNEXPLAINED = "VS491" Note "no known mistake explains it"
        meaning "Every way in which signers are known to go wrong was tried, alone and combined, and none gives this \
             signature with this key. Either the content was changed after it had been signed, or another key signed \
             it."
        why "A proxy, a filter or a person changed the body; a part of the message is missing; the key was changed, \
             or belongs to another instance."
        fix "Compare the bytes that the sender hashed with those that came: their length first. Compare the \
             fingerprint of the key that signs with the one above; `--try-key` takes other keys that may have signed."
        page "signatures";
    BODY_NOT_JSON = "VS501" Warning "the body is not JSON"
        meaning "What is signed is not a JSON document. The signature covers any bytes, but an instance answers 422 to \
                 a body that it cannot read."
        why "A wrong file, an empty one, or a document that was cut off."
        fix "Give the entity's JSON exactly as it will be sent."
        page "json";
    PATH_NOT_ENCODED = "VS502" Warning "the path is not URL-encoded"
        meaning "The path has characters that have no place in a URL's path as it is written, such as spaces or raw \
                 UTF-8. It is signed as written; a client that encodes it afterwards sends another path than was signed."
        why "The path was built from plain text."
        fix "Percent-encode it before signing, and send that very text."
        page "signatures";
    QUERY_NOT_SIGNED = "VS503" Note "the query is not signed"
        meaning "The target has a query. It is sent, but it is not part of the signed string."
        why "The rule is so: the path alone is signed."
        fix "Nothing to do, unless the sender signs path and query together: then it has to stop."
        page "signatures";
    PATH_NORMALISED = "VS504" Warning "clients will send another path"
        meaning "The path has `.` or `..` segments, or a fragment. Most clients remove them before sending, and then \
                 the path that arrives is not the one that was signed."
        why "The path was put together from parts."
        fix "Sign the path as it will be sent: without such segments."
        page "signatures";
    TIME_LOOKS_WRONG = "VS505" Warning "the time of signing looks wrong"
        meaning "The time to sign with is far from now, or is in milliseconds. A receiver allows 300 seconds either way."
        why "`--at` was given milliseconds, or a time of long ago."
        fix "Leave `--at` away to sign with the present time, or give whole seconds."
        page "signatures";
    BODY_ON_GET = "VS506" Warning "a GET with a body"
        meaning "A GET is signed over an empty body. This one has a body, which many servers drop before they verify."
        why "`--body` was given for a GET."
        fix "Leave the body away, or use POST."
        page "signatures";
    BODY_INCOMPLETE = "VS507" Warning "the input does not hold the whole body"
        meaning "The signature covers the body, and the body that was given is cut off or missing, so that nothing can \
                 be said about the signature."
        why "`curl -v` does not show the body of a request, a browser's HAR leaves bodies out, or a limit cut it."
        fix "Give the whole message: capture it raw, or give its parts with --body FILE."
        page "signatures";
    PLAIN_JSON = "VS508" Note "application/json instead of Versia's own type"
        meaning "Content-Type is application/json, or the request accepts that only. Versia's is \
             application/vnd.versia+json; an inbox takes both, other receivers may not."
        why "The HTTP client's default. The documents' own inbox examples do it, and Versia Server 0.9 answers with \
             it."
        fix "Send `Content-Type: application/vnd.versia+json; charset=utf-8` and `Accept: \
             application/vnd.versia+json`."
        page "federation/http";
    CHARSET_MISSING = "VS509" Note "the type lacks its charset"
        meaning "Content-Type is Versia's, but without `charset=utf-8`, which the documents have."
        why "The media type was written without its parameter."
        fix "Send `Content-Type: application/vnd.versia+json; charset=utf-8`. Versia Server 0.9's client wants both \
             parts."
        page "federation/http";
    RESPONSE_UNSIGNED = "VS510" Note "the response is not signed"
        meaning "The response carries no signature, so that nobody can say who made it. One page has every response \
             signed, another only those to a GET."
        why "Instances sign entities and collections only, an error came from a proxy, or responses are not signed at \
             all."
        fix "Sign every answer to a GET with the request's method and path and the response's own body."
        page "signatures";
    HTML_ANSWER = "VS511" Note "a success that is a web page"
        meaning "The answer is 200 with text/html: a front end answered, not the instance's API."
        why "The path is unknown to the instance, and a front end serves its page for everything unknown; or the \
             request lacked the Versia Accept header."
        fix "Check the path, and let the API's paths go past the front end."
        page "federation/http";
    STRAY_AUTHORIZATION = "VS512" Note "an Authorization header on a federation request"
        meaning "The request carries Authorization, which has no part in federation. Versia Server 0.9 fails to take a \
             delivery that has it."
        why "An HTTP client with default credentials, or a proxy that adds them."
        fix "Leave it away. If it is a secret of yours, change it: the other side has seen it."
        page "federation/http";
    CONTENT_TYPE_MISSING = "VS513" Note "the body has no type"
        meaning "The message has a body and no Content-Type, which the documents require."
        why "Versia Server 0.9 sends none. Some clients send one only for bodies that they made themselves."
        fix "Send `Content-Type: application/vnd.versia+json; charset=utf-8`."
        page "federation/http";
    SIGNED_BY_PORT = "VS514" Note "only the port in the signer's name is wrong"
        meaning "The signature holds, but Versia-Signed-By has a port. A domain has none: a receiver that goes by the \
             documents refuses it, or asks port 443."
        why "The host of a test instance was taken with its port."
        fix "Send the bare domain. For local tests, `--resolve` leads a domain to any port."
        page "api/basics";
    EARLIER_DRAFT = "VS601" Note "headers of an earlier draft"
        meaning "The message carries the signature headers of draft 0.4 (X-Signature, X-Signed-By, X-Nonce), which \
                 0.6 does not know."
        why "The sender implements an earlier draft of the protocol."
        fix "Move the sender to 0.6: Versia-* headers, the time instead of the nonce, signed by the instance."
        page "signatures";
    SIGNED_BY_USER = "VS602" Note "signed by a user, as in draft 0.5"
        meaning "The WebSocket message names a user's URI or `instance <host>` as its signer, as the draft of its time \
                 did. Since 0.6 the signer is an instance, named by its domain."
        why "The sender follows the WebSocket draft, which was written before 0.6."
        fix "Nothing to do if both sides agree; else sign with the instance's key and name its domain."
        page "signatures";

    AUTHOR_OF_ANOTHER_DOMAIN = "VS603" Warning "the author belongs to another instance than the signer"
        meaning "The entity's author is a reference to another instance than the one that signed the message. The signature \
                 says nothing about that author."
        why "The message was relayed, the author was written with the other side's domain, or somebody speaks for another."
        fix "Let the author's own instance sign and deliver, and write the author as an id alone, or with the signer's own \
             domain."
        page "signatures";
}
