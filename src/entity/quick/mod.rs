//! The quick road: one pass over a document that answers *valid* or *unsure*.
//!
//! Valid means that the slow road finds nothing, not even a note. Whoever sends many entities sends valid ones, so that
//! most documents need no tree, no schema library and no memory.

mod cursor;
mod shape;
mod values;

use memchr::memmem;
use serde_json::Value;

use self::cursor::Cursor;
use self::shape::{Field, Kind, Shape, Use};
use self::values::{
    is_address, is_domain, is_media_type, is_name, is_public_key, is_reference, is_sha256, is_time,
    is_version,
};

/// How deep entities may stand in entities.
const DEEPEST: u8 = 4;

/// How many forms of one content are compared with one another.
const FORMS: usize = 8;

/// Recognises the documents of one type.
#[derive(Debug)]
pub(super) struct Recogniser(Option<Shape>);

/// Finds the recogniser of a type by its name.
pub(super) type Recognisers = fn(&str) -> Option<&'static Recogniser>;

impl Recogniser {
    /// The recogniser of the type with this schema.
    pub(super) fn of(schema: &Value, definitions: &Value) -> Self {
        Recogniser(Shape::of(schema, definitions))
    }

    /// Whether the slow road finds nothing in this document. `others` has the recognisers of entities in it.
    pub(super) fn is_surely_valid(&self, text: &[u8], others: Recognisers) -> bool {
        let Some(shape) = &self.0 else { return false };
        let mut reader = Reader { cursor: Cursor::new(text), others, depth: 0 };
        reader.object(shape).is_some() && reader.cursor.is_at_end() && std::str::from_utf8(text).is_ok()
    }
}

/// The type that an object says it has, looked for without reading it: a guess, which the recogniser of that type
/// confirms.
pub(super) fn guess_type(text: &[u8]) -> Option<&str> {
    const KEY: &[u8] = b"\"type\"";
    let at = memmem::find(text, KEY)? + KEY.len();
    let mut cursor = Cursor::new(text.get(at..)?);
    cursor.take(b':')?;
    std::str::from_utf8(cursor.plain()?).ok()
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    others: Recognisers,
    depth: u8,
}

impl Reader<'_> {
    fn object(&mut self, shape: &Shape) -> Option<()> {
        self.fields(shape, Reader::value)
    }

    /// Reads the fields of an object, the value of each with `read`.
    fn fields(&mut self, shape: &Shape, mut read: impl FnMut(&mut Self, &Field) -> Option<()>) -> Option<()> {
        let mut seen = 0_u32;
        let mut goes_on = self.cursor.opens(b'{', b'}')?;
        while goes_on {
            let index = shape.find(self.cursor.plain()?)?;
            if seen & (1 << index) != 0 {
                return None;
            }
            seen |= 1 << index;
            self.cursor.take(b':')?;
            read(self, &shape.fields[index])?;
            goes_on = self.cursor.goes_on(b'}')?;
        }
        (seen & shape.expected == shape.expected).then_some(())
    }

    fn value(&mut self, field: &Field) -> Option<()> {
        if self.cursor.null()? {
            return field.nullable.then_some(());
        }
        self.kind(&field.kind)
    }

    fn kind(&mut self, kind: &Kind) -> Option<()> {
        match kind {
            Kind::Unsure => None,
            Kind::OneOf(strings) => {
                self.cursor.next_byte()?;
                strings.iter().find_map(|string| self.cursor.take_exactly(string.as_bytes()))
            }
            Kind::Name => self.plain(is_name),
            Kind::Time => self.plain(is_time),
            Kind::Reference => self.plain(is_reference),
            Kind::Boolean => self.cursor.boolean().map(drop),
            Kind::Text => self.cursor.text(),
            Kind::Unsigned => self.cursor.unsigned(),
            Kind::Decimal => self.cursor.decimal(),
            Kind::Address => self.plain(is_address),
            Kind::Domain => self.plain(is_domain),
            Kind::PublicKey => self.plain(is_public_key),
            Kind::Version => self.plain(is_version),
            Kind::Sha256 => self.plain(is_sha256),
            Kind::Content(how) => self.content(how),
            Kind::Array(items) => {
                let mut goes_on = self.cursor.opens(b'[', b']')?;
                while goes_on {
                    self.kind(items)?;
                    goes_on = self.cursor.goes_on(b']')?;
                }
                Some(())
            }
            Kind::Object(shape) => self.object(shape),
            Kind::Extensions(known) => self.extensions(known),
            Kind::Entity => self.entity(),
        }
    }

    fn plain(&mut self, is_right: fn(&[u8]) -> bool) -> Option<()> {
        self.cursor.plain().filter(|text| is_right(text)).map(drop)
    }

    fn extensions(&mut self, known: &[(String, Kind)]) -> Option<()> {
        let mut seen = 0_u32;
        let mut goes_on = self.cursor.opens(b'{', b'}')?;
        while goes_on {
            self.cursor.next_byte()?;
            let index =
                known.iter().position(|(key, _)| self.cursor.take_exactly(key.as_bytes()).is_some())?;
            if seen & (1 << index) != 0 {
                return None;
            }
            seen |= 1 << index;
            self.cursor.take(b':')?;
            if !self.cursor.null()? {
                self.kind(&known[index].1)?;
            }
            goes_on = self.cursor.goes_on(b'}')?;
        }
        Some(())
    }

    /// One content in several forms: a map from media types.
    fn content(&mut self, how: &Use) -> Option<()> {
        let mut forms: [&[u8]; FORMS] = [b""; FORMS];
        let mut count = 0;
        let mut has_html = false;
        let mut goes_on = self.cursor.opens(b'{', b'}')?;
        while goes_on {
            let form = self.cursor.plain()?;
            let (top, _) = is_media_type(form).filter(|_| form.starts_with(how.prefix))?;
            let before = forms.get(..count)?;
            if before.contains(&form) || before.first().is_some_and(|first| !first.starts_with(top)) {
                return None;
            }
            *forms.get_mut(count)? = form;
            count += 1;
            has_html |= form == b"text/html";
            self.cursor.take(b':')?;
            self.representation(how, top == b"text/")?;
            goes_on = self.cursor.goes_on(b'}')?;
        }
        (has_html || !how.is_text).then_some(())
    }

    /// One form of a content. What is elsewhere, or no text, has to be an address.
    fn representation(&mut self, how: &Use, is_text: bool) -> Option<()> {
        let mut content = None;
        let mut remote = None;
        self.fields(&how.representation, |reader, field| match field.name.as_str() {
            "content" => {
                content = Some(reader.cursor);
                reader.cursor.text()
            }
            "remote" => {
                remote = Some(reader.cursor.boolean()?);
                Some(())
            }
            _ => reader.value(field),
        })?;
        let remote = remote.filter(|remote| how.remote.is_none_or(|wanted| wanted == *remote))?;
        let is_right = (is_text && !remote) || content?.plain().is_some_and(is_address);
        is_right.then_some(())
    }

    fn entity(&mut self) -> Option<()> {
        let name = guess_type(self.cursor.rest())?;
        let shape = (self.others)(name)?.0.as_ref()?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        self.object(shape)?;
        self.depth -= 1;
        Some(())
    }
}
