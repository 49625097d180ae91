//! A conformance check: for people as it runs, as JSON lines, and as the documents that people keep and CI services read.

mod documents;
mod html;
mod json;
mod junit;
mod people;
mod results;
#[cfg(test)]
mod samples;

pub use self::json::{JsonCase, JsonReport, JsonSummary, SCHEMA};
pub use self::people::{Telling, case_line, report_lines, summary_lines};
pub use self::results::{Ending, Judged, Results};

/// What a whole check is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// JUnit's XML.
    Junit,
    /// The Test Anything Protocol.
    Tap,
    /// Annotations of GitHub's runners.
    Github,
    /// A summary in Markdown.
    Markdown,
    /// A page with the wire log.
    Html,
    /// A line of JSON for each case, and one for all.
    Json,
}

/// The results as a document.
pub fn document(kind: Document, results: &Results) -> String {
    match kind {
        Document::Junit => junit::junit(results),
        Document::Tap => documents::tap(results),
        Document::Github => documents::github(results),
        Document::Markdown => documents::markdown(results),
        Document::Html => html::html(results),
        Document::Json => json::ndjson(results),
    }
}

#[cfg(test)]
mod tests {
    use snapbox::Assert;

    use super::*;
    use crate::cli::ui::Painter;

    /// Compares with the file of that name in `snapshots`; `SNAPSHOTS=overwrite` writes it.
    fn is_as_before(name: &str, text: String) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/render/check/snapshots");
        let before =
            snapbox::Data::read_from(&folder.join(name), Some(snapbox::data::DataFormat::Text)).raw();
        Assert::new().action_env("SNAPSHOTS").eq(text, before);
    }

    #[test]
    fn every_document_is_as_before() {
        for (results, of) in [
            (samples::mixed(), "mixed"),
            (samples::compared(), "compared"),
            (samples::interrupted(), "interrupted"),
        ] {
            for (kind, ending) in [
                (Document::Junit, "xml"),
                (Document::Tap, "tap"),
                (Document::Github, "github"),
                (Document::Markdown, "md"),
                (Document::Json, "ndjson"),
                (Document::Html, "html"),
            ] {
                is_as_before(&format!("{of}.{ending}"), document(kind, &results));
            }
        }
    }

    #[test]
    fn what_people_read_is_as_before() {
        let paint = Painter::new(false);
        for (results, is_verbose, name) in [
            (samples::mixed(), false, "mixed.txt"),
            (samples::mixed(), true, "mixed.verbose.txt"),
            (samples::compared(), false, "compared.txt"),
            (samples::interrupted(), false, "interrupted.txt"),
        ] {
            let telling = Telling { paint, is_verbose, with_exchange: true };
            let mut lines: Vec<_> =
                results.judged.iter().flat_map(|judged| report_lines(judged, telling)).collect();
            lines.extend(summary_lines(&results, telling));
            is_as_before(name, lines.join("\n") + "\n");
        }
    }

    #[test]
    fn no_document_holds_what_could_harm_a_terminal_or_a_secret() {
        for kind in [
            Document::Junit,
            Document::Tap,
            Document::Github,
            Document::Markdown,
            Document::Html,
            Document::Json,
        ] {
            let text = document(kind, &samples::mixed());
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{kind:?}");
            assert!(!text.contains("hush"), "{kind:?}");
            let is_markup = matches!(kind, Document::Junit | Document::Markdown | Document::Html);
            assert!(!is_markup || !text.contains("<script>"), "{kind:?}");
        }
    }
}
