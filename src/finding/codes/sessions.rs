//! The codes about sessions: WebSocket, hubs and brokers, `VN2`.

use super::codes;
use crate::finding::{Code, Level};

codes! {
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
}
