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
