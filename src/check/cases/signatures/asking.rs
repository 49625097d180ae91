//! Signed answers, and GETs that are rightly or wrongly signed.

use super::*;

pub(in crate::check::cases) const CASES: &[Case] = &[
    of(
        "signatures/response/entity",
        Must,
        &[Need::Signed, Need::User],
        "The answer to a GET of an entity is signed by the instance",
        |p| rightly_signed(p, &p.known.target(), "GET"),
    ),
    of(
        "signatures/response/user",
        Must,
        &[Need::Signed, Need::User],
        "The answer to a GET of a user is signed by the instance",
        |p| rightly_signed(p, &user(p, None), "GET"),
    ),
    of(
        "signatures/response/collection",
        Must,
        &[Need::Signed, Need::User],
        "The answer to a GET of a collection is signed by the instance",
        |p| rightly_signed(p, &user(p, Some("followers")), "GET"),
    ),
    of(
        "signatures/response/query",
        Must,
        &[Need::Signed, Need::User],
        "The signature of an answer is over the path without its query",
        |p| rightly_signed(p, &(user(p, Some("followers")) + "?offset=0&limit=2"), "GET"),
    ),
    of(
        "signatures/response/encoded-path",
        Must,
        &[Need::Signed],
        "The signature of an answer is over the path as it is encoded",
        |p| rightly_signed(p, &encoded(), "GET"),
    ),
    of(
        "signatures/response/not-found",
        Should,
        &[Need::Signed],
        "An answer that there is no such entity is signed as well",
        |p| rightly_signed(p, &EntityPath::new("User", "none").target(), "GET"),
    ),
    of(
        "signatures/key/not-private",
        Must,
        &[],
        "The metadata publishes the public half of the key, not the private one",
        publishes_no_secret,
    ),
    of(
        "signatures/response/head",
        Should,
        &[Need::Signed, Need::User],
        "The answer to a HEAD is signed as well, for HEAD or for GET, over no body or over that of the GET",
        head_signed,
    ),
    of("signatures/exempt/metadata", Must, &[], "The metadata is given without a signature", |p| {
        unsigned_at(p, INSTANCE, is_metadata)
    }),
    of("signatures/exempt/versions", Must, &[], "The versions are given without a signature", |p| {
        unsigned_at(p, "/.well-known/versia", |value| value["versions"].is_array())
    }),
    of("signatures/get/valid", Must, &[], "A rightly signed GET is answered", |p| get_accepted(p, &get(p))),
    of("signatures/get/valid-query", Must, GET, "The query is no part of what is signed", |p| {
        get_accepted(p, &Ask::get(p.known.target() + "?unknown=1"))
    }),
    of(
        "signatures/get/valid-encoded-path",
        Must,
        GET,
        "The path is signed as it is encoded in the request",
        |p| get_accepted(p, &Ask::get(encoded())),
    ),
    of("signatures/get/valid-lower-case-headers", Must, GET, "The names of headers count in any case", |p| {
        get_accepted(
            p,
            &get(p).edited(|headers| headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase())),
        )
    }),
    of(
        "signatures/get/valid-odd-case-headers",
        Must,
        GET,
        "The names of headers count in a case that nobody writes, too (RFC 9110, 5.1)",
        |p| get_accepted(p, &get(p).edited(odd_case)),
    ),
    of("signatures/get/no-signature", Must, GET, "A GET without any signature is refused", |p| {
        refused(p, &get(p).unsigned(), MISSING)
    }),
    of("signatures/get/without-signature", Must, GET, "A GET without Versia-Signature is refused", |p| {
        refused(p, &get(p).without(SIGNATURE), MISSING)
    }),
    of("signatures/get/without-signed-by", Must, GET, "A GET without Versia-Signed-By is refused", |p| {
        refused(p, &get(p).without(SIGNED_BY), MISSING)
    }),
    of("signatures/get/without-signed-at", Must, GET, "A GET without Versia-Signed-At is refused", |p| {
        refused(p, &get(p).without(SIGNED_AT), MISSING)
    }),
    of("signatures/get/empty-signature", Must, GET, "An empty Versia-Signature is refused", |p| {
        refused(p, &get(p).with(SIGNATURE, ""), UNREADABLE)
    }),
    of("signatures/get/not-base64", Must, GET, "A Versia-Signature that is no base64 is refused", |p| {
        refused(p, &get(p).with(SIGNATURE, "!not base64!"), UNREADABLE)
    }),
    of(
        "signatures/get/short-signature",
        Must,
        GET,
        "A Versia-Signature of less than 64 bytes is refused",
        |p| refused(p, &get(p).with(SIGNATURE, "AAAAAAAAAAAAAAAAAAAAAA=="), UNREADABLE),
    ),
    of(
        "signatures/get/flipped-bit",
        Must,
        GET,
        "A Versia-Signature of which a bit is wrong is refused",
        |p| refused(p, &get(p).changed(SIGNATURE, flipped), WRONG),
    ),
    of("signatures/get/doubled-signature", Should, GET, "A doubled Versia-Signature is refused", |p| {
        refused(p, &get(p).doubled(SIGNATURE), UNREADABLE)
    }),
    of("signatures/get/doubled-signed-at", Should, GET, "A doubled Versia-Signed-At is refused", |p| {
        refused(p, &get(p).doubled(SIGNED_AT), UNREADABLE)
    }),
    of("signatures/get/doubled-signed-by", Should, GET, "A doubled Versia-Signed-By is refused", |p| {
        refused(p, &get(p).doubled(SIGNED_BY), UNREADABLE)
    }),
    of(
        "signatures/get/base64url",
        Should,
        GET,
        "A Versia-Signature in the alphabet for URLs is refused",
        base64url,
    ),
    of("signatures/get/unpadded", Should, GET, "A Versia-Signature without its padding is refused", |p| {
        refused(
            p,
            &get(p).changed(SIGNATURE, |it| respelled(it, |bytes| STANDARD_NO_PAD.encode(bytes))),
            UNREADABLE,
        )
    }),
    of("signatures/get/wrong-path", Must, GET, "A signature over another path is refused", |p| {
        refused(p, &get(p).claiming(with_target("/.versia/v0.6/other")), WRONG)
    }),
    of("signatures/get/wrong-method", Must, GET, "A signature over another method is refused", |p| {
        refused(p, &get(p).claiming(with_method("POST")), WRONG)
    }),
    of("signatures/get/wrong-body", Must, GET, "A signature over a body that is not sent is refused", |p| {
        refused(p, &get(p).claiming(with_body(b"{}")), WRONG)
    }),
    of(
        "signatures/get/wrong-time",
        Must,
        GET,
        "A signature over another time than Versia-Signed-At is refused",
        |p| refused(p, &get(p).changed(SIGNED_AT, a_second_less), WRONG),
    ),
    of("signatures/get/stale-by-a-year", Must, GET, "What was signed a year ago is refused with 422", |p| {
        refused(p, &get(p).after(-31_536_000), STALE)
    }),
    of("signatures/get/milliseconds", Must, GET, "A time in milliseconds is refused", |p| {
        refused(p, &get(p).changed(SIGNED_AT, |at| format!("{at}000")), MISSING)
    }),
    of("signatures/get/time-with-fraction", Must, GET, "A time with a fraction is refused", |p| {
        refused(p, &get(p).changed(SIGNED_AT, |at| format!("{at}.0")), UNREADABLE)
    }),
    of("signatures/get/time-as-date", Must, GET, "A time that is no number is refused", |p| {
        refused(p, &get(p).with(SIGNED_AT, "2026-01-01T00:00:00Z"), UNREADABLE)
    }),
    of(
        "signatures/get/other-key",
        Must,
        GET,
        "A signature by another key than the published one is refused",
        |p| refused(p, &get(p).signed_by(stranger(p, p.signer.domain())), WRONG),
    ),
    of(
        "signatures/get/in-its-own-name",
        Must,
        GET,
        "A signature by somebody else in the name of the instance itself is refused",
        |p| refused(p, &get(p).signed_by(stranger(p, &p.known.domain)), WRONG),
    ),
    of(
        "signatures/get/key-of-another-instance",
        Must,
        GET,
        "A signature by the key of one instance in the name of another one is refused",
        |p| {
            refused(p, &get(p).signed_by(Signer::new(p.signer.key().clone(), p.known.domain.as_str())), WRONG)
        },
    ),
    of(
        "signatures/get/unknown-signer",
        Must,
        GET,
        "A signature in the name of a domain that has no instance is refused",
        |p| {
            refused(p, &get(p).signed_by(Signer::new(p.signer.key().clone(), "no-instance.invalid")), MISSING)
        },
    ),
    of(
        "signatures/get/signer-with-scheme",
        Should,
        GET,
        "A signer that is an address, and no domain, is refused",
        |p| refused(p, &get(p).changed(SIGNED_BY, |domain| format!("https://{domain}")), UNREADABLE),
    ),
];
