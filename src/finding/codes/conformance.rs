//! The codes of `check`, `VC`: 10 signatures, 11 HTTP, 12 discovery, 13 WebFinger, 14 entities, 15 collections, 16 the
//! inbox, 17 follows, 18 messaging, 19 WebSocket and what gave no answer.

use super::codes;
use crate::finding::{Code, Level};

codes! {
    RIGHT_SIGNATURE_REFUSED = "VC101" Error "a right signature is refused"
        meaning "A request that is signed as the documents say was refused, or answered as if it were not signed."
        why "The instance cannot fetch the key of the signer; it decodes the path or takes the query along before it \
             verifies; its clock is wrong; or a proxy in front of it changes the path, the body or the headers."
        fix "Look first whether the instance came for the key: the run warns when it did not. Then verify the request of \
             the wire log with `versia-cli verify`, and compare the string that it shows with the instance's own."
        page "signatures";
    WRONG_SIGNATURE_ACCEPTED = "VC102" Error "a wrong signature is accepted"
        meaning "A request without a signature, or with one that does not hold, was answered like a right one: anybody \
                 can speak in the name of anybody."
        why "Signatures are not verified on this path, errors of the verification are swallowed, a missing header counts \
             as nothing to verify, or the answer is given before anything was looked at."
        fix "Verify before anything else is done with the request, over the method, the path, the time and the body as \
             they came; answer 401 when a header is missing or the signature does not hold."
        page "signatures";
    STALE_ACCEPTED = "VC103" Error "a time of signing that is too far away is accepted"
        meaning "What was signed more than five minutes ago, or is signed more than five minutes from now, was \
                 accepted: who has recorded a request can send it again at any time."
        why "The time is part of what is verified, but it is compared with nothing, or read in milliseconds."
        fix "Compare Versia-Signed-At with the clock, in seconds, and answer 422 where they lie more than 300 apart."
        page "signatures";
    ANSWER_NOT_RIGHTLY_SIGNED = "VC104" Error "an answer is not rightly signed"
        meaning "The answer to a GET carries no signature of the instance, or one that does not hold, so that nobody can \
                 tell whether the entity is genuine."
        why "Only requests are signed; or the signature is made over another text than what is sent, over the path with \
             its query, or over another path than the one that was asked for."
        fix "Sign every answer to a GET over the method and the path of the request and the very bytes of the answer's \
             body. The diagnosis beside the failure says what was signed instead."
        page "signatures";
    REDIRECTS = "VC110" Error "the API redirects"
        meaning "A path of the API answered with a redirect. Others follow none: a signature holds for one path only."
        why "A web framework or a proxy that adds or removes slashes, moves to another host, or sends browsers to a page."
        fix "Answer on the path itself, with the entity or with 404, whatever Accept says."
        page "federation/http";
    CONTENT_TYPE_WRONG = "VC111" Error "an answer has another type than it should"
        meaning "The Content-Type of an answer is not application/vnd.versia+json, or lacks its charset."
        why "The framework's default for JSON."
        fix "Answer with `Content-Type: application/vnd.versia+json; charset=utf-8`."
        page "federation/http";
    ACCEPT_MISREAD = "VC112" Warning "what Accept asks for is misread"
        meaning "A request that accepts Versia's type was not answered, or one that does not was."
        why "Accept is compared as a text, though a list, parameters and upper case are allowed in it."
        fix "Read Accept as HTTP has it: a list of media types in any case, each with parameters or without."
        page "federation/http";
    METHOD_OR_STATUS_WRONG = "VC113" Warning "a method or a path gets another status than it should"
        meaning "An unknown path, an unknown method or one that has no place there was not answered with the status that \
                 tells so."
        why "A front end that answers every path, or a framework that answers every method."
        fix "Answer 404 to paths that are not there, and 405 with Allow to methods that are not for that path."
        page "federation/http";
    RATE_LIMIT_UNCLEAR = "VC114" Error "the limits are not told as they should be"
        meaning "The headers on rate limits are incomplete, are no numbers, contradict themselves, or have other names."
        why "A library that tells limits in a form of its own, such as X-RateLimit-*."
        fix "Send RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset together, each a number; Reset in seconds."
        page "federation/http";
    TRANSPORT_WRONG = "VC115" Error "the connection is not as it should be"
        meaning "Something below the requests is wrong: the version of TLS or of HTTP, where a request or an answer begins \
                 and ends, or what plain HTTP is answered with."
        why "An old server or proxy, one whose settings still allow what is out of use, or one that is too generous with \
             what is no HTTP: two programs behind each other then read different requests in the same bytes."
        fix "Speak TLS 1.2 and 1.3 and nothing older, HTTP/1.1 and HTTP/2; refuse with 400 what HTTP forbids; serve the \
             API over HTTPS alone."
        page "federation/http";
    VERSIONS_WRONG = "VC120" Error "the versions cannot be found"
        meaning "What is at /.well-known/versia does not tell which versions are spoken."
        why "The path goes to the front end, the document has another shape, or a version is written in a short form."
        fix "Answer `{\"versions\": [\"0.6.0\"]}` as JSON, with each version in full."
        page "federation/discovery";
    METADATA_WRONG = "VC121" Error "the metadata is wrong"
        meaning "The instance's metadata is missing, breaks its schema, or tells of another instance."
        why "A document of an earlier draft, or a domain with a scheme or a port in the settings."
        fix "`versia-cli discover DOMAIN` says what is wrong with it, field by field."
        page "entities/instance-metadata";
    KEY_FORM_WRONG = "VC122" Error "the published key has another form than it should"
        meaning "The key in the metadata is not the base64 of an Ed25519 public key in SPKI, so that others cannot verify \
                 anything of this instance."
        why "The 32 bytes alone were written, or PEM, or hex."
        fix "`versia-cli key` reads any form and prints the right one."
        page "signatures";
    WEBFINGER_WRONG_ANSWER = "VC130" Error "WebFinger does not answer as it should"
        meaning "A user is not found by the address, or somebody is found who should not be, or the link leads nowhere."
        why "Names are compared with their case, the domain is not looked at, or the link has another type or path."
        fix "`versia-cli discover @USER@DOMAIN` shows each step from the address to the user."
        page "federation/discovery";
    ENTITY_WRONG = "VC140" Error "an entity is not served as it should be"
        meaning "An entity of the instance cannot be fetched by type and id, or what comes breaks the rules of its type."
        why "A field of an earlier draft, a field that is left out though it has to be null, or another path."
        fix "`versia-cli fetch` gets it, and `versia-cli validate` names every rule that it breaks."
        page "api/endpoints";
    UNKNOWN_ENTITY_ANSWERED = "VC141" Error "what is not there is not answered with 404"
        meaning "An id or a type that does not exist got another answer than that there is no such entity."
        why "An error while an id is read becomes a 500, an empty entity is made up, or the type in the path is not \
             looked at."
        fix "Answer 404 to every id and every type that is unknown, whatever its form."
        page "api/endpoints";
    COLLECTION_WRONG = "VC150" Error "a collection does not hold what it says"
        meaning "A collection is missing, or its pages, limits or totals are not as the documents have them."
        why "Offset and limit are not bounded or not looked at, the total is that of the page, or the order changes."
        fix "Order it by something that does not change, count all of it, and take 1 to 40 for the limit."
        page "entities/collection";
    VALID_ENTITY_REFUSED = "VC160" Error "a valid entity is refused"
        meaning "An entity that breaks no rule was refused by the inbox."
        why "Optional fields are required, unknown extensions are an error, or references are taken for addresses."
        fix "Compare with the schema (`versia-cli schema TYPE`); ignore extensions that are unknown."
        page "federation/validation";
    INVALID_ENTITY_TAKEN = "VC161" Error "an invalid entity is not refused with 422"
        meaning "A body that is no JSON, or an entity that breaks a rule, was accepted, or refused with another status."
        why "The answer is given before the body was looked at, the JSON parser is more generous than the documents, or an \
             error while reading becomes a 500."
        fix "Validate before the answer is given, and answer 422 to all that breaks a rule."
        page "federation/validation";
    FOREIGN_ENTITY_TAKEN = "VC162" Error "an entity of somebody else is taken"
        meaning "A delivery whose author belongs to another instance than the one that signed it was accepted, or \
                 somebody's entity was deleted by somebody else."
        why "The signature is verified, but nobody looks whether the author is of the domain that signed."
        fix "Compare the domain of the author with Versia-Signed-By, and let an author delete only what is theirs."
        page "signatures";
    FOLLOW_NOT_ANSWERED = "VC170" Error "a Follow is not answered as it should be"
        meaning "No FollowAccept or FollowReject came, or one that is not right."
        why "Follows wait for a person's consent, the answer cannot reach our instance, or its author and follower are \
             mixed up."
        fix "Take a user who accepts follows on their own; look into the wire log for what came to us."
        page "entities/follow";
    MESSAGING_WRONG = "VC180" Error "instance messaging is not as it should be"
        meaning "A message from one instance's administrators to another's was not taken."
        why "The path of the extension is missing although the metadata names it, or it wants a signature."
        fix "Take text/plain at the path that the page has, or do not list the extension."
        page "extensions/instance-messaging";
    HANDSHAKE_WRONG = "VC190" Error "the WebSocket handshake is not as it should be"
        meaning "A right handshake was refused, a wrong one was accepted, or the answer does not fit what was offered."
        why "A proxy that does not pass upgrades, a subprotocol that is echoed unread, or a signature that is not verified."
        fix "Compare the handshake in the wire log with the page, header by header."
        page "extensions/websockets";
    SESSION_WRONG = "VC191" Error "a WebSocket session is not as it should be"
        meaning "Messages, receipts, pings or the end of a session are not as the extension has them."
        why "Messages are taken without their signatures, receipts lack their ids, or a close has the wrong code."
        fix "Look into the wire log: each frame is there in its order."
        page "extensions/websockets";
    NO_ANSWER = "VC199" Error "no answer came"
        meaning "The connection failed, or nothing came within the time, where an answer had to come whatever it was."
        why "The request made the instance fail or hang, or the network does."
        fix "Look into the instance's log for this moment. The code beside it (VN…) says where the connection ended."
        page "federation/http";
}
