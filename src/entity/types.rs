//! The types of the documents, and how each is known by its name.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, OnceLock};

use serde_json::{Map, Value};

use super::quick::Recogniser;
use super::schema::{Rules, parse_definitions};

/// A type with a schema of its own.
#[derive(Debug)]
pub struct EntityType {
    /// The type's name, as it stands in entities; of a collection, as the documents call it.
    pub name: &'static str,
    /// What its schema's file is called, without its ending.
    pub file: &'static str,
    pub(super) source: &'static str,
    pub(super) schema: OnceLock<Value>,
    pub(super) rules: OnceLock<Rules>,
    recogniser: OnceLock<Recogniser>,
}

macro_rules! types {
    ($($list:ident in $folder:literal: $($name:literal $file:literal),*;)*) => {
        $(static $list: [EntityType; [$($name),*].len()] = [$(EntityType {
            name: $name,
            file: $file,
            source: include_str!(concat!("schemas/", $folder, $file, ".json")),
            schema: OnceLock::new(),
            rules: OnceLock::new(),
            recogniser: OnceLock::new(),
        }),*];)*
    };
}

types! {
    TYPES in "":
        "Note" "note", "User" "user", "Delete" "delete",
        "Follow" "follow", "Unfollow" "unfollow", "FollowAccept" "follow-accept", "FollowReject" "follow-reject",
        "InstanceMetadata" "instance-metadata",
        "pub.versia:likes/Like" "likes-like", "pub.versia:likes/Dislike" "likes-dislike",
        "pub.versia:share/Share" "share-share", "pub.versia:reactions/Reaction" "reactions-reaction",
        "pub.versia:polls/Vote" "polls-vote", "pub.versia:reports/Report" "reports-report",
        "pub.versia:migration/Migration" "migration-migration", "pub.versia:groups/Group" "groups-group",
        "pub.versia:groups/Subscribe" "groups-subscribe", "pub.versia:groups/Unsubscribe" "groups-unsubscribe",
        "pub.versia:groups/SubscribeAccept" "groups-subscribe-accept",
        "pub.versia:groups/SubscribeReject" "groups-subscribe-reject", "pub.versia:groups/Federate" "groups-federate",
        "Collection" "collection", "URICollection" "uri-collection";
    CUSTOM in "": "custom" "custom";
}

pub(super) const DEFINITIONS_SOURCE: &str = include_str!("schemas/definitions.json");

pub(super) static DEFINITIONS: LazyLock<Value> = LazyLock::new(|| parse_definitions(DEFINITIONS_SOURCE));

static BY_NAME: LazyLock<HashMap<&str, &EntityType>> =
    LazyLock::new(|| TYPES.iter().map(|it| (it.name, it)).collect());

impl EntityType {
    /// Every type of the documents: core, extensions, collections.
    pub fn all() -> &'static [EntityType] {
        &TYPES
    }

    /// The type of this name, exactly as written.
    pub fn named(name: &str) -> Option<&'static EntityType> {
        BY_NAME.get(name).copied()
    }

    /// The type that a person means: in any case, and without the extension's name where that is clear.
    pub fn meant(name: &str) -> Option<&'static EntityType> {
        let same =
            |it: &&EntityType| it.name.eq_ignore_ascii_case(name) || it.file.eq_ignore_ascii_case(name);
        let tail =
            |it: &&EntityType| it.name.rsplit('/').next().is_some_and(|tail| tail.eq_ignore_ascii_case(name));
        TYPES.iter().find(same).or_else(|| TYPES.iter().find(tail))
    }

    /// What holds for entities of any type.
    pub(super) fn custom() -> &'static EntityType {
        &CUSTOM[0]
    }

    /// Whether documents of this type have no `type` of their own.
    pub fn is_collection(&self) -> bool {
        self.name.ends_with("Collection")
    }

    pub(super) fn recogniser(&self) -> &Recogniser {
        self.recogniser.get_or_init(|| Recogniser::of(self.schema(), &DEFINITIONS))
    }
}

/// Whether any schema has a field of this name.
pub(super) fn is_field(name: &str) -> bool {
    static FIELDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let objects = DEFINITIONS.as_object().into_iter().flat_map(Map::values);
        let objects = objects.chain(TYPES.iter().map(EntityType::schema));
        let fields = objects.filter_map(|it| it.get("properties")?.as_object());
        fields.flat_map(|fields| fields.keys().cloned()).collect()
    });
    FIELDS.contains(name)
}

/// The recogniser for entities of this type inside others.
pub(super) fn recogniser_of(name: &str) -> Option<&'static Recogniser> {
    EntityType::named(name).filter(|it| !it.is_collection()).map(EntityType::recogniser)
}
