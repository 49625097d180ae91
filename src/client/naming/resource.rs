//! What to fetch.

use std::fmt;

use super::{Instance, Link, LinkError, LinkKind};
use crate::client::keys::Peer;
use crate::client::url::{HttpUrl, UrlError};
use crate::protocol::versia::EntityPath;

/// Something to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    url: HttpUrl,
    /// The instance, where that was named and not an address.
    instance: Option<Instance>,
}

impl Resource {
    /// Reads what people give: a full address, kept as written; a reference `domain:id`, of an entity of the type
    /// `entity_type`; or a link to a user, a note or a group.
    ///
    /// # Errors
    /// Says what is wrong with it, or that a type is wanted or not wanted.
    pub fn parse(text: &str, entity_type: Option<&str>) -> Result<Self, ResourceError> {
        if let Some(link) = Link::parse(text) {
            let link = link.map_err(ResourceError::Link)?;
            let of_link = match link.kind {
                LinkKind::Users => "User",
                LinkKind::Notes => "Note",
                LinkKind::Groups => "pub.versia:groups/Group",
                LinkKind::Reply | LinkKind::Quote | LinkKind::Share => return Err(ResourceError::Intent),
            };
            return match entity_type {
                Some(other) if other != of_link => Err(ResourceError::TypeNotWanted),
                _ => Resource::of_entity(link.instance, of_link, &link.id),
            };
        }
        if text.contains("://") {
            let url = HttpUrl::parse(text).map_err(ResourceError::Address)?;
            return match entity_type {
                Some(_) => Err(ResourceError::TypeNotWanted),
                None => Ok(Resource { url, instance: None }),
            };
        }
        // The host may have a port, and colons of its own in brackets.
        let (instance, id) = text.rsplit_once(':').ok_or(ResourceError::Form)?;
        if instance.is_empty() || id.is_empty() || text.contains(['/', '@']) {
            return Err(ResourceError::Form);
        }
        let instance = Instance::parse(instance).map_err(ResourceError::Address)?;
        Resource::of_entity(instance, entity_type.ok_or(ResourceError::TypeWanted)?, id)
    }

    fn of_entity(instance: Instance, entity_type: &str, id: &str) -> Result<Self, ResourceError> {
        let target = EntityPath::new(entity_type, id).target();
        let url = instance.at(&target).map_err(ResourceError::Address)?;
        Ok(Resource { url, instance: Some(instance) })
    }

    /// The same at the address of a peer, where one of them has the domain that was named. An address stays as it is.
    #[must_use]
    pub fn through(mut self, peers: &[Peer]) -> Self {
        let peer = self.instance.as_ref().and_then(|instance| instance.peer(peers));
        if let Some(Ok(url)) = peer.map(|peer| peer.at(self.url.target())) {
            self.url = url;
        }
        self
    }

    /// One of its collections, by name.
    ///
    /// # Errors
    /// When it is not the address of an entity.
    pub fn collection(mut self, name: &str) -> Result<Self, ResourceError> {
        let of_entity = EntityPath::parse(self.url.target()).filter(|path| path.collection.is_none());
        let path = of_entity.ok_or(ResourceError::NoCollections)?.with_collection(Some(name));
        self.url = HttpUrl::new(self.url.origin().clone(), &path.target()).map_err(ResourceError::Address)?;
        Ok(self)
    }

    /// Its address.
    pub fn url(&self) -> &HttpUrl {
        &self.url
    }

    /// The host that was named, whatever the address of its instance.
    pub fn host(&self) -> &str {
        self.instance.as_ref().map_or(&self.url.origin().host, |instance| &instance.host)
    }

    /// Whether it was given as an address, and is meant as it is written.
    pub fn is_address(&self) -> bool {
        self.instance.is_none()
    }
}

/// Why a text names nothing that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceError {
    /// It is neither an address nor a reference nor a link.
    Form,
    /// It is not an address, or its host is none.
    Address(UrlError),
    /// A reference alone does not say of which type the entity is.
    TypeWanted,
    /// The address or the link says all that there is to say.
    TypeNotWanted,
    /// What is not an entity's address has no collections.
    NoCollections,
    /// The link asks to write something about a note.
    Intent,
    /// It is a link that leads nowhere.
    Link(LinkError),
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResourceError::Form => f.write_str("it is neither an address nor a reference (domain:id)"),
            ResourceError::Address(error) => error.fmt(f),
            ResourceError::TypeWanted => {
                f.write_str("a reference does not say of which type the entity is, and its path has the type")
            }
            ResourceError::TypeNotWanted => f.write_str("what it names has its type already"),
            ResourceError::NoCollections => f.write_str("only an entity has collections"),
            ResourceError::Intent => {
                f.write_str("the link asks to write something, and names nothing to fetch")
            }
            ResourceError::Link(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ResourceError {}

impl ResourceError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ResourceError::Form => {
                Some("for example https://b.example/.versia/v0.6/instance, or b.example:1 with --type Note")
            }
            ResourceError::Address(error) => error.hint(),
            ResourceError::TypeWanted => Some("--type Note, --type User, --type pub.versia:groups/Group …"),
            ResourceError::TypeNotWanted => Some("leave --type away"),
            ResourceError::NoCollections => Some("name an entity, or give the collection's address alone"),
            ResourceError::Intent => Some("the note itself is web+versia://notes/DOMAIN/ID"),
            ResourceError::Link(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_leads_to_an_address() {
        for (text, entity_type, url) in [
            ("https://b.example/a/../b?é", None, "https://b.example/a/../b?é"),
            ("b.example:1", Some("Note"), "https://b.example/.versia/v0.6/entities/Note/1"),
            ("b.example:3000:a b", Some("Note"), "https://b.example:3000/.versia/v0.6/entities/Note/a%20b"),
            (
                "[2001:db8::1]:3000:1",
                Some("pub.versia:groups/Group"),
                "https://[2001:db8::1]:3000/.versia/v0.6/entities/pub.versia%3Agroups%2FGroup/1",
            ),
            ("web+versia://users/b.example/1", None, "https://b.example/.versia/v0.6/entities/User/1"),
            (
                "web+versia://groups/b.example:1/%41",
                None,
                "https://b.example:1/.versia/v0.6/entities/pub.versia%3Agroups%2FGroup/A",
            ),
            (
                "web+versia://notes/b.example/1",
                Some("Note"),
                "https://b.example/.versia/v0.6/entities/Note/1",
            ),
        ] {
            assert_eq!(Resource::parse(text, entity_type).unwrap().url().to_string(), url, "{text}");
        }
    }

    #[test]
    fn what_names_nothing_is_told() {
        for (text, entity_type, why) in [
            ("b.example", None, ResourceError::Form),
            ("", None, ResourceError::Form),
            ("b.example:", Some("Note"), ResourceError::Form),
            (":1", Some("Note"), ResourceError::Form),
            ("b.example/x:1", Some("Note"), ResourceError::Form),
            ("@bob@b.example:1", Some("User"), ResourceError::Form),
            ("b.example:1", None, ResourceError::TypeWanted),
            ("[::1:1", Some("Note"), ResourceError::Address(UrlError::BadHost)),
            ("ftp://b.example/", None, ResourceError::Address(UrlError::UnknownScheme("ftp".into()))),
            ("https://b.example/", Some("Note"), ResourceError::TypeNotWanted),
            ("web+versia://notes/b.example/1", Some("User"), ResourceError::TypeNotWanted),
            ("web+versia://share/b.example/1", None, ResourceError::Intent),
            ("web+versia://compose/x", None, ResourceError::Link(LinkError::Compose)),
        ] {
            assert_eq!(Resource::parse(text, entity_type), Err(why), "{text}");
        }
    }

    #[test]
    fn an_entity_has_collections_and_another_address_has_none() {
        let followers =
            Resource::parse("b.example:1", Some("User")).unwrap().collection("followers").unwrap();
        let url = "https://b.example/.versia/v0.6/entities/User/1/collections/followers";
        assert_eq!(followers.url().to_string(), url);
        assert_eq!((followers.host(), followers.is_address()), ("b.example", false));
        assert_eq!(followers.collection("following"), Err(ResourceError::NoCollections));
        let other = Resource::parse("https://b.example/x", None).unwrap();
        assert_eq!(other.collection("followers"), Err(ResourceError::NoCollections));
    }

    #[test]
    fn a_domain_is_looked_up_among_the_peers() {
        let peers = ["b.example=http://127.0.0.1:3000".parse().unwrap()];
        let resource = Resource::parse("b.example:1", Some("Note")).unwrap().through(&peers);
        assert_eq!(resource.url().to_string(), "http://127.0.0.1:3000/.versia/v0.6/entities/Note/1");
        let resource = Resource::parse("https://b.example/x", None).unwrap().through(&peers);
        assert_eq!(resource.url().to_string(), "https://b.example/x");
    }
}
