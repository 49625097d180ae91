//! The documents that an instance publishes: versions, metadata, WebFinger, its users. See
//! <https://versia.pub/api/endpoints> and <https://versia.pub/federation/discovery>.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::protocol::versia::{MEDIA_TYPE, MESSAGING};
use crate::signing::PublicKey;

/// The version of the protocol that is spoken.
const VERSION: &str = "0.6.0";

/// The extensions that are spoken.
const EXTENSIONS: [&str; 5] = [
    "pub.versia:groups",
    "pub.versia:instance_messaging",
    "pub.versia:likes",
    "pub.versia:reactions",
    "pub.versia:share",
];

/// A user of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name in addresses, as written.
    pub name: String,
    /// The id: the same at every start, for the same domain and name.
    pub id: String,
}

impl User {
    /// The user of this name at a domain.
    pub fn new(name: &str, domain: &str) -> Self {
        let digest = Sha256::digest(format!("{name}@{domain}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        User { name: name.to_owned(), id: uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string() }
    }
}

/// `/.well-known/versia`.
pub fn versions() -> Value {
    json!({ "versions": [VERSION] })
}

/// `/.versia/v0.6/instance`.
pub fn metadata(domain: &str, key: &PublicKey, created_at: &str) -> Value {
    json!({
        "type": "InstanceMetadata",
        "name": domain,
        "description": "A debug instance run by versia-cli.",
        "created_at": created_at,
        "software": { "name": "versia-cli", "version": env!("CARGO_PKG_VERSION") },
        "compatibility": { "versions": [VERSION], "extensions": EXTENSIONS },
        "domain": domain,
        "public_key": { "algorithm": "ed25519", "key": key.to_spki_base64() },
        "logo": null,
        "banner": null,
        // Versia Server looks for the endpoint here.
        "extensions": {
            "pub.versia:instance_messaging": { "endpoint": format!("https://{domain}{MESSAGING}") }
        }
    })
}

/// A user's entity; `manual` says whether the user approves followers by hand.
pub fn user(user: &User, created_at: &str, manual: bool) -> Value {
    json!({
        "id": user.id,
        "type": "User",
        "created_at": created_at,
        "username": user.name,
        "display_name": user.name,
        "avatar": null,
        "header": null,
        "bio": null,
        "fields": [],
        "indexable": false,
        "manually_approves_followers": manual
    })
}

/// `/.well-known/webfinger` for one of the users, with the path of a page about it.
pub fn webfinger(name: &str, id: &str, page: &str, domain: &str) -> Value {
    let url = format!("https://{domain}/.versia/v0.6/entities/User/{id}");
    json!({
        "subject": format!("acct:{name}@{domain}"),
        "aliases": [url],
        "links": [
            { "rel": "self", "type": MEDIA_TYPE, "href": url },
            {
                "rel": "http://webfinger.net/rel/profile-page",
                "type": "text/html",
                "href": format!("https://{domain}{page}")
            }
        ]
    })
}

/// The name or id of a user of `domain` that a WebFinger resource is about: `acct:name@domain` or `acct:id@domain`.
///
/// # Errors
/// Says what is wrong with the resource, with the status to answer.
pub fn account<'a>(domain: &str, resource: Option<&'a str>) -> Result<&'a str, (u16, String)> {
    let resource = resource.ok_or((400, "the query has no resource".to_owned()))?;
    let scheme = resource.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("acct:"));
    let account = scheme.map_or(resource, |scheme| &resource[scheme.len()..]);
    let (name, host) = account
        .trim_start_matches('@')
        .rsplit_once('@')
        .filter(|(name, _)| !name.is_empty() && !name.contains('/'))
        .ok_or((400, format!("{resource:?} is not acct:name@domain")))?;
    if !host.eq_ignore_ascii_case(domain) {
        return Err((404, format!("this instance is {domain}, not {host}")));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_names_somebody_at_this_domain() {
        for resource in
            ["acct:Alice@b.example", "ACCT:Alice@B.EXAMPLE", "@Alice@b.example", "Alice@b.example"]
        {
            assert_eq!(account("b.example", Some(resource)), Ok("Alice"), "{resource}");
        }
        for (resource, status) in [
            (None, 400),
            (Some("alice"), 400),
            (Some("acct:@b.example"), 400),
            (Some("https://b.example/@alice"), 400),
            (Some("acct:alice@c.example"), 404),
        ] {
            assert_eq!(
                account("b.example", resource).map_err(|(status, _)| status),
                Err(status),
                "{resource:?}"
            );
        }
        assert_eq!(User::new("Alice", "b.example").id, User::new("Alice", "b.example").id);
    }
}
