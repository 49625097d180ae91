//! `new`: a valid entity, to be filled in and sent.

use clap::Args;
use serde_json::Value;

use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::ui::to_json;
use crate::cli::{AMBIENT, Context};
use crate::entity::{Composed, EntityType, Profile, check, compose};
use crate::finding::Level;

/// Print a new entity: every required field, optional ones as null, a fresh id (UUIDv7) and the present time.
///
/// What it prints is valid. What nobody gave stands for something that there is not: references lead to b.example.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli new Note --content 'Hello!' --mention b.example:bob | versia-cli send --to b.example --as alice
  versia-cli new Follow --author a.example:alice --set followee='\"b.example:bob\"'
  versia-cli new Note --content - --set is_sensitive=true --set device.name='\"curl\"' < text.txt
  versia-cli new Like --set liked='\"b.example:1\"' --compact >> entities.ndjson")]
pub struct NewArgs {
    /// The type: Note, User, Follow, … or that of an extension, such as pub.versia:likes/Like, or Like alone
    #[arg(value_name = "TYPE")]
    kind: String,
    /// The author: an id, or domain:id
    #[arg(long, value_name = "REFERENCE")]
    author: Option<String>,
    /// The text of the content, which is given as HTML and as plain text; `-` reads it from standard input
    #[arg(long, value_name = "TEXT|-", allow_hyphen_values = true)]
    content: Option<String>,
    /// Somebody who is mentioned in a note; repeat it for several
    #[arg(long, value_name = "REFERENCE")]
    mention: Vec<String>,
    /// Put this value at a path, such as device.name or /extensions/com.example:x; what is no JSON is a text; repeat it for
    /// several
    #[arg(long, value_name = "PATH=JSON", value_parser = assignment)]
    set: Vec<(String, Value)>,
    /// Print it on one line
    #[arg(long)]
    compact: bool,
}

fn assignment(text: &str) -> Result<(String, Value), String> {
    let (path, value) = text.split_once('=').ok_or("not PATH=JSON, such as is_sensitive=true")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((path.to_owned(), value))
}

impl NewArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let kind = EntityType::meant(&self.kind).ok_or_else(|| unknown_type(&self.kind))?;
        let mut values = Vec::new();
        if let Some(author) = &self.author {
            let has_author = kind.complete_schema()["properties"].get("author").is_some();
            if !has_author {
                return Err(CliError::usage(format!("{} has no author", kind.name)));
            }
            values.push(("author".to_owned(), author.as_str().into()));
        }
        if !self.mention.is_empty() {
            if kind.name != "Note" {
                return Err(CliError::usage("--mention is for notes"));
            }
            values.push(("mentions".to_owned(), self.mention.clone().into()));
        }
        values.extend(self.set.iter().cloned());
        let with = Composed {
            id: AMBIENT.record_id(),
            created_at: AMBIENT.record_time().unwrap_or_default(),
            random_id: AMBIENT.record_id(),
            content: self.text(context)?,
            values,
        };
        let entity = compose(kind, &with).map_err(|error| {
            CliError::usage("this entity cannot be made").because(&error).hint(error.hint())
        })?;
        let fields: Vec<_> =
            entity.iter().map(|(name, value)| (to_json(name), self.written(value))).collect();
        let (start, between, end) =
            if self.is_compact(context) { ("{", ",", "}") } else { ("{\n  ", ",\n  ", "\n}") };
        let colon = if self.is_compact(context) { ":" } else { ": " };
        let fields: Vec<_> =
            fields.into_iter().map(|(name, value)| format!("{name}{colon}{value}")).collect();
        let text = format!("{start}{}{end}", fields.join(between));
        context.ui.line(&text)?;
        warn_of_flaws(context, kind, &text);
        Ok(Exit::Yes)
    }

    fn is_compact(&self, context: &Context) -> bool {
        self.compact || context.ui.json
    }

    /// A value as it stands in a field.
    fn written(&self, value: &Value) -> String {
        let is_flat = !value.is_array() && !value.is_object();
        if self.compact || is_flat {
            return to_json(value);
        }
        let laid_out = serde_json::to_string_pretty(value).unwrap_or_default();
        laid_out.replace('\n', "\n  ")
    }

    fn text(&self, context: &mut Context) -> Result<Option<String>, CliError> {
        match self.content.as_deref() {
            Some("-") => {
                let bytes = context.inputs.read(&Source::Stdin, "--content")?;
                let text = String::from_utf8(bytes)
                    .map_err(|_| CliError::usage("the content from standard input is not UTF-8"))?;
                Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
            other => Ok(other.map(str::to_owned)),
        }
    }
}

/// Says what is wrong with an entity that was made with wrong values: it is printed, since it may be wanted.
fn warn_of_flaws(context: &mut Context, kind: &'static EntityType, text: &str) {
    let report = check(text.as_bytes(), Profile::Spec, Some(kind).filter(|kind| kind.is_collection()));
    let errors: Vec<_> = report.violations.iter().filter(|it| it.level == Level::Error).collect();
    if let Some(first) = errors.first() {
        let more = if errors.len() > 1 { format!(", and {} more", errors.len() - 1) } else { String::new() };
        let (code, flaw) = (first.code.id, first.finding().message);
        context.ui.warn(&format!("what is printed is no valid {}: {code} {flaw}{more}", kind.name));
    }
}

fn unknown_type(name: &str) -> CliError {
    let names: Vec<_> = EntityType::all().iter().map(|it| it.name).collect();
    CliError::usage(format!("there is no type {name:?}")).hint(format!("the types are {}", names.join(", ")))
}
