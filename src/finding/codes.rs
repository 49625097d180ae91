//! The one list of codes: `VS` signatures, `VE` entities, `VC` conformance, `VN` network.
//!
//! A code never changes its meaning and is never used again for another one. To add one, write it here in the order of
//! the numbers; `explain`, the README's table (`./scripts/generate`) and the tests follow.

use super::{Code, Level};

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
        /// Every code, in the order of the numbers.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
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
        fix "Give it: `--public-key`, or `--metadata` with the signer's InstanceMetadata document."
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
}
