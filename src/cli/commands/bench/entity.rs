//! What `bench` sends: a new entity, or a file's, with its places.

use super::BenchArgs;
use crate::bench::Template;
use crate::cli::error::CliError;
use crate::cli::input::Source;
use crate::cli::ui::to_json;
use crate::cli::{AMBIENT, Context};
use crate::entity::{Composed, EntityType, Profile, check, compose};
use crate::finding::Level;

impl BenchArgs {
    /// The entity to send.
    pub(super) fn template(&self, context: &mut Context) -> Result<Template, CliError> {
        let Some(file) = &self.file else {
            return self.composed();
        };
        let bytes = context.inputs.read(&Source::parse(file), "the entity")?;
        let template = match String::from_utf8(bytes) {
            Ok(text) => Template::parse(&text).map_err(|error| {
                CliError::usage("the entity cannot be filled in")
                    .because(error)
                    .hint("what is filled in is {{n}}, {{uuid}} and {{now}}")
            })?,
            Err(error) => Template::fixed(error.into_bytes()),
        };
        if !self.no_validate {
            refuse_invalid(&template)?;
        }
        Ok(template)
    }

    fn composed(&self) -> Result<Template, CliError> {
        let new = self.new.as_deref().unwrap_or("Note");
        let kind = EntityType::meant(new).ok_or_else(|| {
            let names: Vec<_> = EntityType::all().iter().map(|it| it.name).collect();
            CliError::usage(format!("there is no type {new:?}"))
                .hint(format!("the types are {}", names.join(", ")))
        })?;
        let has_content = kind.name == "Note";
        let with = Composed {
            id: "{{uuid}}".to_owned(),
            created_at: "{{now}}".to_owned(),
            random_id: AMBIENT.record_id(),
            content: has_content.then(|| "Number {{n}}".to_owned()),
            values: Vec::new(),
        };
        let entity = compose(kind, &with).map_err(|error| {
            CliError::usage("this entity cannot be made").because(&error).hint(error.hint())
        })?;
        let fields: Vec<_> =
            entity.iter().map(|(name, value)| format!("{}:{}", to_json(name), to_json(value))).collect();
        Template::parse(&format!("{{{}}}", fields.join(",")))
            .map_err(|error| CliError::usage("this entity cannot be made").because(error))
    }
}

fn refuse_invalid(template: &Template) -> Result<(), CliError> {
    let report = check(&template.fill(0, AMBIENT), Profile::Spec, None);
    let Some(first) = report.violations.iter().find(|it| it.level == Level::Error) else {
        return Ok(());
    };
    Err(CliError::usage("the entity breaks a rule")
        .because(format!("{} ({})", first.finding().message, first.code.id))
        .hint("`versia-cli validate FILE` tells more; --no-validate sends it all the same"))
}
