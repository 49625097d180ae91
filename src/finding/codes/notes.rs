//! The codes about what does not break a signature, `VS5`, and about other drafts, `VS6`.

use super::codes;
use crate::finding::{Code, Level};

codes! {
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
