//! The versions of the protocol that an instance lists. See <https://versia.pub/federation/discovery>.

use serde::Deserialize;

use crate::finding::{Finding, codes};

/// The version that is spoken here.
const EXACT: &str = "0.6.0";

/// What an instance says of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// All of them, as they are written.
    pub(super) versions: Vec<String>,
    /// The newest one that is spoken here as well.
    pub(super) common: Option<String>,
    /// What is odd about the list.
    pub(super) findings: Vec<Finding>,
}

/// Reads `/.well-known/versia`; `None` when the document has no list of versions.
pub(super) fn read(body: &[u8]) -> Option<Listed> {
    #[derive(Deserialize)]
    struct Document {
        versions: Vec<String>,
    }
    let Document { versions } = serde_json::from_slice(body).ok()?;
    Some(judged(versions))
}

fn judged(versions: Vec<String>) -> Listed {
    let ours = versions.iter().filter_map(|text| Some((numbers(text)?, text)));
    let newest = ours.filter(|((major, minor, _), _)| (*major, *minor) == (0, 6)).max_by_key(|(it, _)| *it);
    let common = newest.map(|(_, text)| text.clone());
    let mut findings = Vec::new();
    if common.is_none() {
        let listed = if versions.is_empty() { "none at all".to_owned() } else { versions.join(", ") };
        let message = format!("0.6 is spoken here, and the instance lists {listed}");
        findings.push(Finding::new(&codes::NO_COMMON_VERSION, message));
    } else if !versions.iter().any(|version| version == EXACT) {
        let message = format!("the list is {}, without {EXACT} itself", versions.join(", "));
        findings.push(Finding::new(&codes::VERSION_NOT_EXACT, message));
    }
    Listed { versions, common, findings }
}

/// The three numbers of a version; a missing one is 0, and what follows a `-` or `+` is left out.
fn numbers(text: &str) -> Option<(u64, u64, u64)> {
    let text = text.trim().trim_start_matches(['v', 'V']);
    let plain = text.split(['-', '+']).next().unwrap_or(text);
    let mut parts = plain.split('.').map(|part| part.parse().ok());
    let version = (parts.next()??, parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?);
    parts.next().is_none().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_common_version_is_picked() {
        for (versions, common, code) in [
            (&["0.6.0"][..], Some("0.6.0"), None),
            (&["0.4.0", "0.6.0", "0.6.10", "0.6.9", "0.7.0"], Some("0.6.10"), None),
            (&["0.6.1"], Some("0.6.1"), Some("VN249")),
            (&["v0.6"], Some("v0.6"), Some("VN249")),
            (&["0.5.0", "0.60.0", "x"], None, Some("VN248")),
            (&[], None, Some("VN248")),
        ] {
            let listed = judged(versions.iter().map(|it| (*it).to_owned()).collect());
            assert_eq!(listed.common.as_deref(), common, "{versions:?}");
            assert_eq!(listed.findings.first().map(|it| it.code.id), code, "{versions:?}");
        }
    }

    #[test]
    fn a_document_without_a_list_is_none() {
        for body in ["", "<html>", "{}", r#"{"versions":"0.6.0"}"#, r#"{"versions":[6]}"#] {
            assert_eq!(read(body.as_bytes()), None, "{body}");
        }
    }
}
