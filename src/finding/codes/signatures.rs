//! The codes about signatures, `VS`: 1 the headers, 2 the signer, 3 the time.

use super::codes;
use crate::finding::{Code, Level};

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
}
