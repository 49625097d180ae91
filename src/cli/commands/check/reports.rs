//! The files that a check is written to beside what is shown: each as its name ends.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::cli::render::check::{Document, Results, document};

/// A file to be written at the end.
#[derive(Debug, Clone)]
pub struct ReportFile {
    path: PathBuf,
    kind: Document,
}

/// The file of a path, by its ending.
pub fn report_file(path: &str) -> Result<ReportFile, String> {
    let path = PathBuf::from(path);
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    let kind = match ending.as_str() {
        "html" | "htm" => Document::Html,
        "xml" => Document::Junit,
        "md" => Document::Markdown,
        "tap" => Document::Tap,
        "json" | "ndjson" => Document::Json,
        _ => return Err("a report ends in .html, .xml (JUnit), .md, .tap, .json or .ndjson".to_owned()),
    };
    Ok(ReportFile { path, kind })
}

impl ReportFile {
    /// Makes sure that it can be written, before anything is sent.
    pub fn try_out(&self) -> Result<(), CliError> {
        match self.target().metadata() {
            Ok(there) if !there.is_file() => {
                let error = std::io::Error::other("it is not a regular file");
                return Err(CliError::io(self.cannot(), &error));
            }
            _ => {}
        }
        self.beside().map(drop)
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, results: &Results) -> Result<(), CliError> {
        let failed = |error: std::io::Error| CliError::io(self.cannot(), &error);
        let mut new = self.beside()?;
        new.write_all(document(self.kind, results).as_bytes()).map_err(failed)?;
        let target = self.target();
        if let Ok(there) = target.metadata() {
            new.as_file().set_permissions(there.permissions()).map_err(failed)?;
        }
        new.persist(target).map_err(|error| failed(error.error)).map(drop)
    }

    fn cannot(&self) -> String {
        format!("cannot write {}", self.path.display())
    }

    /// The file itself, where the path is a link to it.
    fn target(&self) -> PathBuf {
        self.path.canonicalize().unwrap_or_else(|_| self.path.clone())
    }

    /// A new file in its folder, that others may read as any file.
    fn beside(&self) -> Result<tempfile::NamedTempFile, CliError> {
        let target = self.target();
        let folder = target.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        builder.tempfile_in(folder).map_err(|error| CliError::io(self.cannot(), &error))
    }
}
