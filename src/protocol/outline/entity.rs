//! What a JSON message says it is, whose, and for whom: read in one pass, and nothing where it is no JSON object.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What a message says of itself.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) kind: Option<String>,
    pub(super) author: Option<String>,
    pub(super) to: Option<String>,
}

/// A text, or something else that is passed over.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text<'a> {
    Is(#[serde(borrow)] Cow<'a, str>),
    IsNot(IgnoredAny),
}

impl Text<'_> {
    fn take(self) -> Option<String> {
        match self {
            Text::Is(text) => Some(text.into_owned()),
            Text::IsNot(_) => None,
        }
    }
}

/// A list of texts, or something else that is passed over.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    Are(Vec<String>),
    AreNot(IgnoredAny),
}

/// The fields of entities that say whose they are, and whom or what they are about.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entity<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    author: Option<Text<'a>>,
    #[serde(borrow)]
    subscriber: Option<Text<'a>>,
    #[serde(borrow)]
    followee: Option<Text<'a>>,
    #[serde(borrow)]
    follower: Option<Text<'a>>,
    #[serde(borrow)]
    liked: Option<Text<'a>>,
    #[serde(borrow)]
    disliked: Option<Text<'a>>,
    #[serde(borrow)]
    object: Option<Text<'a>>,
    #[serde(borrow)]
    shared: Option<Text<'a>>,
    #[serde(borrow)]
    deleted: Option<Text<'a>>,
    #[serde(borrow)]
    group: Option<Text<'a>>,
    #[serde(borrow)]
    replies_to: Option<Text<'a>>,
    mentions: Option<Texts>,
}

/// The words of the other protocols' frames.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Frame<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    command: Option<Text<'a>>,
    #[serde(borrow)]
    topic: Option<Text<'a>>,
}

impl Named {
    pub(super) fn of_entity(json: &[u8]) -> Self {
        let entity: Entity<'_> = serde_json::from_slice(json).unwrap_or_default();
        let about = [
            entity.followee,
            entity.liked,
            entity.disliked,
            entity.object,
            entity.shared,
            entity.deleted,
            entity.group,
            entity.follower,
            entity.replies_to,
        ];
        let mentioned = match entity.mentions {
            Some(Texts::Are(mentions)) => mentions.into_iter().next(),
            _ => None,
        };
        Named {
            kind: entity.kind.and_then(Text::take),
            author: entity.author.or(entity.subscriber).and_then(Text::take),
            to: about.into_iter().flatten().find_map(Text::take).or(mentioned),
        }
    }

    pub(super) fn of_frame(json: &[u8]) -> Self {
        let frame: Frame<'_> = serde_json::from_slice(json).unwrap_or_default();
        let topic = frame.topic.and_then(Text::take);
        let kind = [frame.kind, frame.command].into_iter().flatten().find_map(Text::take);
        Named { kind: kind.or_else(|| topic.clone()), author: None, to: topic }
    }
}
