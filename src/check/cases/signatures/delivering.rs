//! Deliveries that are rightly or wrongly signed.

use super::*;

pub(in crate::check::cases) const CASES: &[Case] = &[
    of("signatures/post/valid", Must, &[Need::Write], "A rightly signed delivery is accepted", |p| {
        delivery_accepted(p, &post(p))
    }),
    of(
        "signatures/post/valid-query",
        May,
        POST,
        "The query of the inbox is no part of what is signed",
        |p| {
            let ask = Ask { target: format!("{INBOX}?x=1"), ..post(p) };
            delivery_accepted(p, &ask)
        },
    ),
    of("signatures/post/no-signature", Must, POST, "A delivery without any signature is refused", |p| {
        refused(p, &post(p).unsigned(), MISSING)
    }),
    of(
        "signatures/post/without-signature",
        Must,
        POST,
        "A delivery without Versia-Signature is refused",
        |p| refused(p, &post(p).without(SIGNATURE), MISSING),
    ),
    of(
        "signatures/post/without-signed-by",
        Must,
        POST,
        "A delivery without Versia-Signed-By is refused",
        |p| refused(p, &post(p).without(SIGNED_BY), MISSING),
    ),
    of(
        "signatures/post/without-signed-at",
        Must,
        POST,
        "A delivery without Versia-Signed-At is refused",
        |p| refused(p, &post(p).without(SIGNED_AT), MISSING),
    ),
    of(
        "signatures/post/tampered-body",
        Must,
        POST,
        "A delivery whose body was changed after it was signed is refused",
        |p| {
            let body = p.note().to_string();
            let claimed = with_body(body.replace("conformance", "Conformance").as_bytes());
            refused(p, &Ask::post(body).claiming(claimed), WRONG)
        },
    ),
    of(
        "signatures/post/reformatted-body",
        Must,
        POST,
        "A signature is over the bytes of the body, not over what they mean",
        |p| {
            let note = p.note();
            let pretty = serde_json::to_vec_pretty(&note).unwrap_or_default();
            refused(p, &Ask::post(note.to_string()).claiming(with_body(&pretty)), WRONG)
        },
    ),
    of(
        "signatures/post/empty-body-signed",
        Must,
        POST,
        "A signature over an empty body is none of a delivery",
        |p| refused(p, &post(p).claiming(with_body(b"")), WRONG),
    ),
    of("signatures/post/wrong-path", Must, POST, "A delivery signed for another path is refused", |p| {
        refused(p, &post(p).claiming(with_target("/inbox")), WRONG)
    }),
    of("signatures/post/wrong-method", Must, POST, "A delivery signed for another method is refused", |p| {
        refused(p, &post(p).claiming(with_method("GET")), WRONG)
    }),
    of(
        "signatures/post/other-key",
        Must,
        POST,
        "A delivery signed with another key than the published one is refused",
        |p| refused(p, &post(p).signed_by(stranger(p, p.signer.domain())), WRONG),
    ),
    of(
        "signatures/post/in-its-own-name",
        Must,
        POST,
        "A delivery signed by somebody else in the name of the instance itself is refused",
        |p| refused(p, &post(p).signed_by(stranger(p, &p.known.domain)), WRONG),
    ),
    of(
        "signatures/post/key-of-another-instance",
        Must,
        POST,
        "A delivery signed by the key of one instance in the name of another one is refused",
        |p| {
            refused(
                p,
                &post(p).signed_by(Signer::new(p.signer.key().clone(), p.known.domain.as_str())),
                WRONG,
            )
        },
    ),
    of(
        "signatures/post/doubled-signature",
        Should,
        POST,
        "A delivery with two Versia-Signatures is refused",
        |p| refused(p, &post(p).doubled(SIGNATURE), UNREADABLE),
    ),
    of(
        "signatures/post/flipped-bit",
        Must,
        POST,
        "A delivery with a wrong bit in its signature is refused",
        |p| refused(p, &post(p).changed(SIGNATURE, flipped), WRONG),
    ),
    of(
        "signatures/post/wrong-time",
        Must,
        POST,
        "A delivery signed for another time than Versia-Signed-At is refused",
        |p| refused(p, &post(p).changed(SIGNED_AT, a_second_less), WRONG),
    ),
    of(
        "signatures/post/replay",
        Should,
        POST,
        "A delivery that comes twice is taken for done or refused, and breaks nothing",
        replay,
    ),
];
