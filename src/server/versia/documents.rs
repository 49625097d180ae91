//! The documents that an instance publishes: versions, metadata, WebFinger, its users. See
//! <https://versia.pub/api/endpoints> and <https://versia.pub/federation/discovery>.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::protocol::versia::{MEDIA_TYPE, MESSAGING};
use crate::signing::PublicKey;

/// The version of the protocol that is spoken.
const VERSION: &str = "0.6.0";

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

    /// The address of the user's entity.
    fn url(&self, domain: &str) -> String {
        format!("https://{domain}/.versia/v0.6/entities/User/{}", self.id)
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
        "compatibility": { "versions": [VERSION], "extensions": ["pub.versia:instance_messaging"] },
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

/// A user's entity.
pub fn user(user: &User, created_at: &str) -> Value {
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
        "manually_approves_followers": false
    })
}

/// `/.well-known/webfinger` for one of the users.
pub fn webfinger(user: &User, domain: &str) -> Value {
    let url = user.url(domain);
    json!({
        "subject": format!("acct:{}@{domain}", user.name),
        "aliases": [url],
        "links": [{ "rel": "self", "type": MEDIA_TYPE, "href": url }]
    })
}

/// The user that a WebFinger resource names: `acct:name@domain` or `acct:id@domain`, the name in any case.
///
/// # Errors
/// Says what is wrong with the resource, with the status to answer.
pub fn find_user<'a>(
    users: &'a [User],
    domain: &str,
    resource: Option<&str>,
) -> Result<&'a User, (u16, String)> {
    let resource = resource.ok_or((400, "the query has no resource".to_owned()))?;
    let account = resource.strip_prefix("acct:").unwrap_or(resource);
    let (name, host) = account
        .trim_start_matches('@')
        .rsplit_once('@')
        .ok_or((400, format!("{resource:?} is not acct:name@domain")))?;
    if !host.eq_ignore_ascii_case(domain) {
        return Err((404, format!("this instance is {domain}, not {host}")));
    }
    let found = users.iter().find(|user| user.name.eq_ignore_ascii_case(name) || user.id == name);
    found.ok_or((404, format!("there is no user {name:?} here")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_id_in_any_case() {
        let users = [User::new("Alice", "b.example")];
        let id = users[0].id.clone();
        for resource in [
            "acct:Alice@b.example",
            "acct:alice@B.EXAMPLE",
            "@alice@b.example",
            &format!("acct:{id}@b.example"),
        ] {
            assert_eq!(find_user(&users, "b.example", Some(resource)), Ok(&users[0]), "{resource}");
        }
        for (resource, status) in [
            (None, 400),
            (Some("alice"), 400),
            (Some("acct:alice@c.example"), 404),
            (Some("acct:bob@b.example"), 404),
        ] {
            assert_eq!(find_user(&users, "b.example", resource).map_err(|(status, _)| status), Err(status));
        }
        assert_eq!(User::new("Alice", "b.example").id, id);
    }
}
