//! What Tab offers: commands, files, entity types and field names.

use std::fs;
use std::path::PathBuf;

use rustyline::completion::Pair;

use super::Vocabulary;
use super::document::{Place, place};
use super::mode;
use crate::cli::ui::escape;

/// What stands before a file.
const WITH_FILE: [&str; 8] = [
    "/send --binary ",
    "/replay --diff ",
    "/send ",
    "/sign ",
    "/record ",
    "/replay ",
    "/export ",
    "/source ",
];

/// What can stand at the end of the text before the cursor, and where it starts; `behind` is what follows the cursor.
pub fn complete(before: &str, behind: &str, vocabulary: &Vocabulary) -> (usize, Vec<Pair>) {
    if let Some(text) = before.strip_prefix("/sign ").filter(|text| text.trim_start().starts_with('{')) {
        let (start, pairs) = complete(text, behind, vocabulary);
        return (before.len() - text.len() + start, pairs);
    }
    if let Some(command) = WITH_FILE.iter().find(|command| before.starts_with(*command)) {
        let (start, pairs) = files(&before[command.len()..]);
        return (command.len() + start, pairs);
    }
    if before.starts_with('/') {
        let commands = vocabulary.commands.list().into_iter().filter(|(name, _)| name.starts_with(before));
        let pair = |(name, help): (&str, &str)| {
            let takes_arguments = !help.starts_with(' ') && !help.is_empty();
            let space = if takes_arguments && behind.is_empty() { " " } else { "" };
            Pair { display: name.to_owned(), replacement: format!("{name}{space}") }
        };
        return (0, commands.map(pair).collect());
    }
    let (start, words): (usize, &[&'static str]) = match place(before) {
        Place::Key(start) => (start, &vocabulary.field_names),
        Place::Value("type", start) => (start, &vocabulary.entity_types),
        _ => return (before.len(), Vec::new()),
    };
    let typed = before[start..].trim_start_matches('"');
    let quote = if behind.starts_with('"') { "" } else { "\"" };
    let pair = |word: &&str| Pair { display: (*word).to_owned(), replacement: format!("\"{word}{quote}") };
    (start, words.iter().filter(|word| word.starts_with(typed)).map(pair).collect())
}

/// The files that a path can become, and where its last part starts.
fn files(typed: &str) -> (usize, Vec<Pair>) {
    let start = typed.rfind('/').map_or(0, |at| at + 1);
    let (folder, beginning) = typed.split_at(start);
    let Ok(entries) = fs::read_dir(expand_home(if folder.is_empty() { "." } else { folder })) else {
        return (start, Vec::new());
    };
    let mut pairs: Vec<Pair> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            // A name that would harm the terminal cannot stand in the line.
            let fits = name.starts_with(beginning)
                && (beginning.starts_with('.') || !name.starts_with('.'))
                && escape(&name) == name;
            let slash = if entry.path().is_dir() { "/" } else { "" };
            fits.then(|| format!("{name}{slash}"))
        })
        .map(|name| Pair { display: name.clone(), replacement: name })
        .collect();
    pairs.sort_by(|one, other| one.replacement.cmp(&other.replacement));
    (start, pairs)
}

/// A path as it was typed, with `~/` at its beginning as the home folder.
pub fn expand_home(typed: &str) -> PathBuf {
    let home = || std::env::var_os("HOME").filter(|home| !home.is_empty());
    match typed.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => match home() {
            Some(home) => PathBuf::from(home).join(rest.trim_start_matches('/')),
            None => PathBuf::from(typed),
        },
        None => PathBuf::from(typed),
    }
}

/// The candidates that can be listed on the screen at once: rustyline prints nothing while it shows them in pages.
pub fn that_fit(mut pairs: Vec<Pair>) -> Vec<Pair> {
    let (rows, columns) = mode::size();
    let widest = pairs.iter().map(|pair| pair.display.chars().count()).max().unwrap_or(0) + 2;
    pairs.truncate(rows.saturating_sub(3).max(1) * (columns / widest).max(1));
    pairs
}

#[cfg(test)]
mod tests {
    use super::super::Commands;
    use super::*;

    fn vocabulary() -> Vocabulary {
        Vocabulary {
            commands: Commands::new(vec![
                ("/send", "FILE  send"),
                ("/sign", "FILE  sign"),
                ("/ping", "  ping"),
            ]),
            entity_types: vec!["Note", "Follow"],
            field_names: vec!["type", "author"],
        }
    }

    fn offered(before: &str) -> Vec<String> {
        let (start, pairs) = complete(before, "", &vocabulary());
        pairs.iter().map(|pair| format!("{}{}", &before[..start], pair.replacement)).collect()
    }

    #[test]
    fn commands_types_and_fields_are_offered_where_they_can_stand() {
        assert_eq!(offered("/s"), ["/send ", "/sign "]);
        assert_eq!(offered("/pi"), ["/ping"]);
        assert_eq!(offered("/sign {\"ty"), ["/sign {\"type\""]);
        assert_eq!(offered("{\"ty"), ["{\"type\""]);
        assert_eq!(offered("{\"type\": \"No"), ["{\"type\": \"Note\""]);
        assert_eq!(offered("{\"type\":"), ["{\"type\":\"Note\"", "{\"type\":\"Follow\""]);
        assert_eq!(offered("{"), ["{\"type\"", "{\"author\""]);
        assert!(offered("{\"author\": \"No").is_empty());
        assert_eq!(complete("{\"ty", "\": 1", &vocabulary()).1[0].replacement, "\"type");
    }

    #[test]
    fn files_are_offered_with_spaces_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("my note.json"), "").unwrap();
        fs::write(path.join(".hidden"), "").unwrap();
        fs::write(path.join("my\x1b[2Jnote"), "").unwrap();
        fs::create_dir(path.join("more")).unwrap();
        let typed = format!("/send {}/m", path.display());
        let expected = ["more/", "my note.json"].map(|name| format!("/send {}/{name}", path.display()));
        assert_eq!(offered(&typed), expected);
        assert_eq!(offered(&format!("/sign {}/.h", path.display())).len(), 1);
    }
}
