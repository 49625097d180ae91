//! What a JSON message says it is, whose, and for whom: read in one pass, and nothing where it is no JSON object.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a message says of itself.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) kind: Option<String>,
    pub(super) author: Option<String>,
    pub(super) to: Option<String>,
}

/// A text; nothing where something else stands.
#[derive(Default)]
struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    fn take(self) -> Option<String> {
        self.0.map(Cow::into_owned)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor { in_list: false }).map(Text)
    }
}

/// The first text of a list; nothing where there is none, or something else.
#[derive(Default)]
struct FirstText(Option<String>);

impl<'de> Deserialize<'de> for FirstText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let first = deserializer.deserialize_any(TextVisitor { in_list: true })?;
        Ok(FirstText(first.map(Cow::into_owned)))
    }
}

/// Takes a text, or the first text of a list, and passes over everything else.
struct TextVisitor {
    in_list: bool,
}

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok((!self.in_list).then_some(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok((!self.in_list).then(|| Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let first: Option<Text<'de>> = if self.in_list { list.next_element()? } else { None };
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first.and_then(|text| text.0))
    }
}

/// The fields of entities that say whose they are, and whom or what they are about.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entity<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    author: Text<'a>,
    #[serde(borrow)]
    subscriber: Text<'a>,
    #[serde(borrow)]
    followee: Text<'a>,
    #[serde(borrow)]
    follower: Text<'a>,
    #[serde(borrow)]
    liked: Text<'a>,
    #[serde(borrow)]
    disliked: Text<'a>,
    #[serde(borrow)]
    object: Text<'a>,
    #[serde(borrow)]
    shared: Text<'a>,
    #[serde(borrow)]
    deleted: Text<'a>,
    #[serde(borrow)]
    group: Text<'a>,
    #[serde(borrow)]
    replies_to: Text<'a>,
    mentions: FirstText,
}

/// The words of the other protocols' frames.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Frame<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    command: Text<'a>,
    #[serde(borrow)]
    topic: Text<'a>,
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
        Named {
            kind: entity.kind.take(),
            author: entity.author.take().or_else(|| entity.subscriber.take()),
            to: about.into_iter().find_map(Text::take).or(entity.mentions.0),
        }
    }

    pub(super) fn of_frame(json: &[u8]) -> Self {
        let frame: Frame<'_> = serde_json::from_slice(json).unwrap_or_default();
        let topic = frame.topic.take();
        let kind = [frame.kind, frame.command].into_iter().find_map(Text::take);
        Named { kind: kind.or_else(|| topic.clone()), author: None, to: topic }
    }
}
