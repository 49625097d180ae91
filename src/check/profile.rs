//! What Versia Server 0.9 is known to do otherwise than the documents say: what a rule says there does not count by its profile.

use super::select::Pattern;
use crate::entity::Profile;

/// What is known of a group of cases.
struct Otherwise {
    /// The ids of the cases.
    cases: &'static str,
    /// The statuses with which the server is known to answer there; any, where there are none.
    statuses: &'static [u16],
    /// What it does, in words that follow its name.
    what: &'static str,
}

const fn on(cases: &'static str, statuses: &'static [u16], what: &'static str) -> Otherwise {
    Otherwise { cases, statuses, what }
}

/// What it was observed to do.
const OBSERVED: &[Otherwise] = &[
    on("signatures/get", &[200, 404], "does not look at the signature of a GET"),
    on("signatures/post/stale", &[], "has no time window"),
    on("signatures/post/future", &[], "has no time window"),
    on("signatures/response/not-found", &[404], "signs entities and collections only"),
    on("signatures/response/encoded-path", &[404], "signs entities and collections only"),
    on("inbox/json", &[500], "answers 500 to what it cannot parse"),
    on("follows/unfollow", &[], "does not handle this type"),
    on("discovery/metadata/content-type", &[200], "sends application/json"),
    on("http/content-type", &[200], "sends application/json"),
    on("http/charset", &[200], "sends application/json"),
    on("collections/content-type", &[200], "sends application/json"),
    on("http/accept/plain-json", &[200], "does not look at Accept"),
    on("http/accept/image", &[200], "does not look at Accept"),
    on("http/path", &[200], "gives the page of its front end where nothing else is"),
    on("http/redirect/unknown-entity", &[], "gives the page of its front end where nothing else is"),
    on("entities/path/namespaced", &[404], "has its own names for types in paths"),
    on("entities/unknown", &[500], "answers 500 where an id is no UUID"),
    on("entities/bad-id", &[500], "answers 500 where an id is no UUID"),
    on("entities/transient", &[500], "answers 500 where an id is no UUID"),
    on("collections/unknown-owner", &[500], "answers 500 where an id is no UUID"),
    on("webfinger/link-type", &[200], "gives its link the type application/json"),
    on("webfinger/link-path", &[200], "links to /users/<id>"),
    on("webfinger/link-works", &[], "links to /users/<id>"),
];

/// Why a rule that is broken does not count by the profile, where the last answer had this status.
pub(super) fn excuse(profile: Profile, id: &str, status: Option<u16>) -> Option<String> {
    let is_known = |it: &&Otherwise| {
        let statuses = it.statuses;
        (statuses.is_empty() || status.is_some_and(|status| statuses.contains(&status)))
            && Pattern::from(it.cases).is_for(id)
    };
    let found = OBSERVED.iter().filter(|_| profile == Profile::VersiaServer).find(is_known)?;
    Some(format!("by this profile the rule does not count: Versia Server 0.9 {}", found.what))
}

/// The type of an entity in a path.
pub(super) fn type_in_path(profile: Profile, kind: &'static str) -> &'static str {
    match (profile, kind) {
        (Profile::VersiaServer, "User") => "pub.versia:users/User",
        (Profile::VersiaServer, "Note") => "pub.versia:notes/Note",
        _ => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::super::cases::all;
    use super::*;

    #[test]
    fn each_line_is_about_cases_that_there_are() {
        for line in OBSERVED {
            let pattern = Pattern::from(line.cases);
            assert!(all().any(|case| pattern.is_for(case.id)), "{}", line.cases);
        }
    }

    #[test]
    fn what_it_is_known_to_do_is_excused_by_its_profile_alone() {
        for (id, status, is_excused) in [
            ("signatures/get/no-signature", 200, true),
            ("signatures/get/stale", 404, true),
            ("signatures/get/no-signature", 500, false),
            ("signatures/post/future", 202, true),
            ("signatures/post/no-signature", 500, false),
            ("inbox/json/empty", 500, true),
            ("inbox/field/no-type", 500, false),
            ("entities/bad-id/space", 500, true),
            ("entities/unknown/user", 200, false),
            ("discovery/metadata/content-type", 200, true),
            ("discovery/key/form", 200, false),
            ("http/path/unknown", 200, true),
            ("webfinger/link-type", 200, true),
            ("webfinger/subject", 200, false),
            ("signatures/response/entity", 200, false),
            ("signatures/response/encoded-path", 404, true),
        ] {
            let excused = excuse(Profile::VersiaServer, id, Some(status));
            assert_eq!(excused.is_some(), is_excused, "{id} with {status}");
            assert_eq!(excuse(Profile::Spec, id, Some(status)), None, "{id}");
        }
    }
}
