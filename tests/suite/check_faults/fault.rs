//! A fault as a row of the table: what is wrong with the instance, and which cases have to see it.

use std::sync::atomic::{AtomicU64, Ordering};

use versia_cli::protocol::versia::INSTANCE;

use super::front::Real;
use super::message::{Answer, Asked, Side, now};

/// What fails where the key of the instance cannot be had: what it signs is not verified.
pub const WITHOUT_KEY: [&str; 2] = ["signatures/response/*", "follows/answer-signed"];

/// What fails where the metadata cannot be had.
pub const WITHOUT_METADATA: [&str; 8] = [
    "discovery/key/*",
    "discovery/metadata/*",
    "follows/answer-signed",
    "http/accept/among-others",
    "http/accept/upper-case",
    "http/accept/with-charset",
    "signatures/key/not-private",
    "signatures/response/*",
];

type Act = Box<dyn Fn(&Asked, &Real) -> Option<Answer> + Send + Sync>;

/// Something that is wrong with an instance.
pub struct Fault {
    /// What is wrong, in a few words.
    pub name: String,
    /// The ids of the cases that fail or warn by it, and no others.
    pub fails: Vec<String>,
    act: Act,
}

impl Fault {
    /// Nothing is wrong.
    pub fn none() -> Self {
        Fault::new("nothing", &[], |_, _| None)
    }

    /// A fault that answers what it is about, and leaves the rest.
    pub fn new(
        name: impl Into<String>,
        fails: &[&str],
        act: impl Fn(&Asked, &Real) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let fails = fails.iter().map(|id| (*id).to_owned()).collect();
        Fault { name: name.into(), fails, act: Box::new(act) }
    }

    /// What is answered; nothing, where the request goes on as it is.
    pub fn answer(&self, asked: &Asked, real: &Real) -> Option<Answer> {
        self.alone(asked, real).or_else(|| self.head(asked, real)).or_else(|| usual(asked, real))
    }

    /// The answer to a HEAD of the metadata is that to a GET, whatever is wrong with it, without the body.
    fn head(&self, asked: &Asked, real: &Real) -> Option<Answer> {
        let is_meant = asked.side == Side::Checked && asked.method == "HEAD" && asked.target == INSTANCE;
        let get = Asked { method: "GET".to_owned(), ..asked.clone() };
        let mut answer = is_meant.then(|| self.alone(&get, real)).flatten()?;
        answer.set("Content-Length", &answer.body.len().to_string());
        answer.body.clear();
        Some(answer)
    }

    /// The same, which fails these as well.
    pub fn and(mut self, fails: &[&str]) -> Self {
        self.fails.extend(fails.iter().map(|id| (*id).to_owned()));
        self
    }

    /// What it does itself, without what is usual.
    pub fn alone(&self, asked: &Asked, real: &Real) -> Option<Answer> {
        (self.act)(asked, real)
    }

    /// The page of its first case.
    pub fn page(&self) -> &str {
        self.fails.first().and_then(|id| id.split('/').next()).unwrap_or_default()
    }
}

/// What every instance of the table does beside our own, so that each case has something to look at: it tells of its limits, takes no
/// plain text for an entity, and reads a dot that is encoded. A signature that does not hold is refused here, since the explanation
/// that our own server looks for takes a quarter of a second.
fn usual(asked: &Asked, real: &Real) -> Option<Answer> {
    if asked.is_delivery() && asked.header("content-type").is_some_and(|it| it.starts_with("text/plain")) {
        return Some(Answer::to(asked, 415, "{}"));
    }
    if asked.is_get() && asked.path().replace("%2E", ".") == INSTANCE {
        let mut answer = real.answer(&Asked { target: INSTANCE.to_owned(), ..asked.clone() });
        limited(&mut answer);
        return Some(answer);
    }
    let is_refused = (asked.is_get() || asked.is_delivery()) && asked.is_well_signed() && !asked.holds();
    is_refused.then(|| Answer::to(asked, 401, "{}"))
}

/// Tells of limits: of a million requests, one less is left each time.
fn limited(answer: &mut Answer) {
    static LEFT: AtomicU64 = AtomicU64::new(1_000_000);
    let left = LEFT.fetch_sub(1, Ordering::Relaxed).to_string();
    for (name, value) in
        [("RateLimit-Limit", "1000000"), ("RateLimit-Remaining", left.as_str()), ("RateLimit-Reset", "60")]
    {
        answer.set(name, value);
    }
}

/// A row: the instance answers with a status what it should not.
pub fn answers(
    name: &str,
    fails: &[&str],
    status: u16,
    is_meant: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, fails, move |asked, _| is_meant(asked).then(|| Answer::to(asked, status, "{}")))
}

/// A row: the instance takes a request for one that is rightly signed.
pub fn vouches(
    name: &str,
    fails: &[&str],
    is_meant: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, fails, move |asked, real| is_meant(asked).then(|| real.answer(&asked.vouched())))
}

/// A row: an answer is changed. Where its body is, and it was signed, it is signed anew.
pub fn changes(
    name: &str,
    fails: &[&str],
    is_meant: impl Fn(&Asked) -> bool + Send + Sync + 'static,
    change: impl Fn(&mut Answer) + Send + Sync + 'static,
) -> Fault {
    Fault::new(name, fails, move |asked, real| {
        is_meant(asked).then(|| {
            let mut answer = usual(asked, real).unwrap_or_else(|| real.answer(asked));
            let before = answer.body.clone();
            change(&mut answer);
            if answer.body != before && answer.header("versia-signature").is_some() {
                answer.sign(asked, &super::message::b(), now());
            }
            answer
        })
    })
}
