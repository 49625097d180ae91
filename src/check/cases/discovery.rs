//! Which versions an instance speaks, and what it says of itself. See <https://versia.pub/federation/discovery>.

use serde_json::Value;

use super::case;
use crate::check::ask::Ask;
use crate::check::case::Level::{May, Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{
    Judged, described, holds, is_metadata, is_versia, json, metadata_given, valid, without_document,
};
use crate::check::probe::Probe;
use crate::client::HttpResponse;
use crate::protocol::versia::INSTANCE;
use crate::signing::{KeyForm, check_domain, read_key};

static PAGE: Page = Page { name: "discovery", path: "federation/discovery" };
/// Why nothing is said about versions.
const NO_VERSIONS: &str = "no versions are listed";
const VERSIONS: &str = "/.well-known/versia";

const fn of(id: &'static str, level: Level, rule: &'static str, run: Run) -> Case {
    const NONE: &[Need] = &[];
    case(&PAGE, id, level, NONE, rule, run)
}

fn at(probe: &Probe<'_>, target: &str) -> Result<HttpResponse, crate::client::HttpError> {
    probe.send(&Ask::get(target).unsigned())
}

/// Judges an answer, which has to be 200 with JSON.
fn answer(probe: &Probe<'_>, target: &str, judge: impl Fn(&HttpResponse) -> Outcome) -> Judged {
    let response = at(probe, target)?;
    Ok(json(&response).map_or_else(|outcome| *outcome, |_| judge(&response)))
}

fn look(probe: &Probe<'_>, target: &str, judge: impl Fn(&Value) -> Outcome) -> Judged {
    Ok(json(&at(probe, target)?).map_or_else(|outcome| *outcome, |value| judge(&value)))
}

fn versions(value: &Value) -> Vec<String> {
    let list = value["versions"].as_array().into_iter().flatten();
    list.filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

fn is_version(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').next().unwrap_or(text).split('.').collect();
    parts.len() == 3 && parts.iter().all(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_one_of(response: &HttpResponse, kinds: &[&str]) -> Outcome {
    if let Some(outcome) = without_document(response) {
        return outcome;
    }
    let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    holds(kinds.contains(&essence), format!("Content-Type: {}", kinds.join(" or ")), described(response))
}

fn key(value: &Value) -> &str {
    value["public_key"]["key"].as_str().unwrap_or_default()
}

fn key_form(value: &Value) -> Outcome {
    let found = read_key(key(value).as_bytes());
    let expected = "base64 of the key's DER SPKI form (44 bytes)";
    match found {
        Ok(found) if found.form == KeyForm::SpkiBase64 => Outcome::Kept,
        Ok(found) => Outcome::broken(expected, format!("a key in another form: {:?}", found.form)),
        Err(error) => Outcome::broken(expected, format!("no key: {error}")),
    }
}

fn same_twice(probe: &Probe<'_>) -> Judged {
    let (first, second) = (at(probe, INSTANCE)?, at(probe, INSTANCE)?);
    let keys = [&first, &second].map(|it| json(it).map(|value| key(&value).to_owned()));
    Ok(match keys {
        [Ok(first), Ok(second)] => holds(
            first == second && !first.is_empty(),
            "the same key each time",
            format!("{first:?} and then {second:?}"),
        ),
        [Err(outcome), _] | [_, Err(outcome)] => *outcome,
    })
}

pub(super) const CASES: &[Case] = &[
    of("discovery/versions/answer", Must, "The versions are at /.well-known/versia", |p| {
        look(p, VERSIONS, |value| {
            holds(value["versions"].is_array(), "an object with a list `versions`", value.to_string())
        })
    }),
    of("discovery/versions/type", Must, "The versions are JSON by their Content-Type", |p| {
        let kinds = ["application/json", "application/jrd+json", "application/vnd.versia+json"];
        answer(p, VERSIONS, |response| is_one_of(response, &kinds))
    }),
    of("discovery/versions/0-6", Must, "The versions have one that begins with 0.6", |p| {
        look(p, VERSIONS, |value| {
            let list = versions(value);
            holds(list.iter().any(|it| it.starts_with("0.6.")), "a version 0.6.x", list.join(", "))
        })
    }),
    of("discovery/versions/exact", May, "The versions have 0.6.0 itself, which some clients look for", |p| {
        look(p, VERSIONS, |value| {
            holds(versions(value).iter().any(|it| it == "0.6.0"), "0.6.0", versions(value).join(", "))
        })
    }),
    of("discovery/versions/semantic", Must, "Each version is a semantic version", |p| {
        look(p, VERSIONS, |value| {
            let list = versions(value);
            let is_whole = value["versions"].as_array().is_some_and(|it| it.len() == list.len());
            holds(
                is_whole && list.iter().all(|it| is_version(it)),
                "versions such as 0.6.0",
                value["versions"].to_string(),
            )
        })
    }),
    of("discovery/versions/once", Should, "No version is listed twice", |p| {
        look(p, VERSIONS, |value| {
            let mut list = versions(value);
            if list.is_empty() {
                return Outcome::Skipped(NO_VERSIONS.to_owned());
            }
            list.sort();
            let count = list.len();
            list.dedup();
            holds(count == list.len(), "each version once", value["versions"].to_string())
        })
    }),
    of("discovery/metadata/answer", Must, "The metadata is at /.versia/v0.6/instance", |p| {
        metadata_given(p, &Ask::get(INSTANCE).unsigned())
    }),
    of("discovery/metadata/content-type", Must, "The metadata has Versia's Content-Type", |p| {
        answer(p, INSTANCE, is_versia)
    }),
    of("discovery/metadata/valid", Must, "The metadata breaks no rule of its schema", |p| {
        answer(p, INSTANCE, |response| valid(p, &response.body, None))
    }),
    of("discovery/metadata/entity-type", Must, "The metadata has the type InstanceMetadata", |p| {
        look(p, INSTANCE, |value| {
            holds(value["type"] == "InstanceMetadata", "InstanceMetadata", value["type"].to_string())
        })
    }),
    of("discovery/metadata/no-id", Should, "The metadata has no id", |p| {
        look(p, INSTANCE, |value| match is_metadata(value) {
            true => holds(value["id"].is_null(), "no id", value["id"].to_string()),
            false => Outcome::Skipped("what came is no metadata".to_owned()),
        })
    }),
    of("discovery/metadata/domain-form", Must, "The domain in the metadata is a plain hostname", |p| {
        look(p, INSTANCE, |value| {
            let domain = value["domain"].as_str().unwrap_or_default();
            check_domain(domain).map_or_else(
                |why| Outcome::broken("a hostname", format!("{domain:?}: {why}")),
                |()| Outcome::Kept,
            )
        })
    }),
    of(
        "discovery/metadata/domain-asked",
        Must,
        "The domain in the metadata is the one that was asked",
        |p| {
            let host = p.origin.host.clone();
            if p.is_local() {
                return Ok(Outcome::Skipped(
                    "the instance was named by an address of this machine".to_owned(),
                ));
            }
            look(p, INSTANCE, |value| {
                let domain = value["domain"].as_str().unwrap_or_default();
                holds(domain.eq_ignore_ascii_case(&host), host.as_str(), domain)
            })
        },
    ),
    of("discovery/metadata/compatibility", Must, "The metadata is compatible with a version 0.6", |p| {
        look(p, INSTANCE, |value| {
            let list = versions(&value["compatibility"]);
            holds(
                list.iter().any(|it| it.starts_with("0.6.")),
                "a version 0.6.x",
                value["compatibility"].to_string(),
            )
        })
    }),
    of(
        "discovery/metadata/same-versions",
        Should,
        "The metadata and /.well-known/versia list the same versions",
        |p| {
            let listed = json(&at(p, VERSIONS)?).map(|value| versions(&value)).unwrap_or_default();
            look(p, INSTANCE, |value| {
                let own = versions(&value["compatibility"]);
                let (a, b): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
                    (listed.iter().collect(), own.iter().collect());
                match a.is_empty() && b.is_empty() {
                    true => Outcome::Skipped(NO_VERSIONS.to_owned()),
                    false => holds(a == b, listed.join(", "), own.join(", ")),
                }
            })
        },
    ),
    of("discovery/metadata/software", Must, "The metadata names its software and the version of it", |p| {
        look(p, INSTANCE, |value| {
            let software = &value["software"];
            holds(
                software["name"].is_string() && software["version"].is_string(),
                "name and version",
                software.to_string(),
            )
        })
    }),
    of("discovery/key/algorithm", Must, "The algorithm of the key is ed25519", |p| {
        look(p, INSTANCE, |value| {
            let algorithm = &value["public_key"]["algorithm"];
            holds(algorithm == "ed25519", "ed25519", algorithm.to_string())
        })
    }),
    of("discovery/key/form", Must, "The key is base64 of its SPKI form", |p| look(p, INSTANCE, key_form)),
    of("discovery/key/stable", Must, "The key is the same each time it is asked for", same_twice),
];
