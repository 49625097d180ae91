//! The codes about signatures that do not match, `VS4`: what was signed in the place of what came.

use super::codes;
use crate::finding::{Code, Level};

codes! {
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
}
