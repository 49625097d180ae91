//! A conformance check as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere.
//!
//! It can be read on paper, on a phone and aloud. Everything that a peer sent is text in it.

mod text;
mod wire;

use std::collections::BTreeSet;
use std::fmt::Write;

use self::text::plain;
use super::results::{Judged, Results, Score, compared, tried};
use crate::check::{Status, Tally};

const STYLE: &str = include_str!("style.css");

/// What a browser may do with the page: apply the style that is in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page.
pub fn html(results: &Results) -> String {
    let title = format!("Versia conformance of {}", plain(&results.domain));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    );
    header(&mut page, results);
    let scores = results.scores();
    table(&mut page, results, &scores);
    problems(&mut page, results);
    untold(&mut page, results);
    scores.iter().for_each(|score| cases(&mut page, results, score));
    let version = env!("CARGO_PKG_VERSION");
    let _ = write!(
        page,
        "</main>\n<footer><p>Written by versia-cli {version}. The rules are those of \
         <a href=\"https://versia.pub/\">versia.pub</a>.</p></footer>\n</body>\n</html>\n"
    );
    page
}

fn header(page: &mut String, results: &Results) {
    let tally = results.tally();
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "<header>\n<p class=\"kind\">Versia conformance</p>\n<h1>{}</h1>\n",
        plain(&results.domain)
    );
    let (class, verdict) = verdict(results);
    let _ = write!(page, "<p class=\"verdict {class}\">{verdict}</p>\n<ul class=\"tiles\">\n");
    for (class, count, word) in [
        ("pass", tally.pass, "passed"),
        ("fail", tally.fail, "failed"),
        ("warn", tally.warn, "warnings"),
        ("skip", tally.skip, "skipped"),
        ("skip", tally.unobservable, "unobservable"),
    ] {
        let class = if count == 0 { "none" } else { class };
        let _ = writeln!(page, "<li class=\"{class}\"><b>{count}</b> {word}</li>");
    }
    page.push_str("</ul>\n<dl class=\"facts\">\n");
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", plain(value));
    };
    fact("Address", &results.target);
    results.began.iter().for_each(|began| fact("Began", began));
    fact("Rules", results.profile);
    fact("Cases", &format!("{} of {}", results.judged.len(), results.meant));
    if let (Some(baseline), Some(changes)) = (&results.baseline, results.changes()) {
        fact("Baseline", &format!("{baseline}: {}", compared(changes)));
    }
    page.push_str("</dl>\n</header>\n");
}

fn verdict(results: &Results) -> (&'static str, String) {
    if let Some(why) = results.incomplete() {
        let why = format!("Not whole: {}.", plain(&why));
        return ("bad", why);
    }
    let before = if results.baseline.is_some() { " that was not known to be" } else { "" };
    match results.failures() {
        0 if tried(results.tally()) == 0 => ("plain", "Nothing could be tried.".to_owned()),
        0 if results.tally().fail > 0 => ("ok", "No MUST is broken that was not known to be.".to_owned()),
        0 => ("ok", "No MUST is broken.".to_owned()),
        1 => ("bad", format!("One MUST is broken{before}.")),
        count if results.baseline.is_some() => {
            ("bad", format!("{count} MUSTs are broken that were not known to be."))
        }
        count => ("bad", format!("{count} MUSTs are broken.")),
    }
}

fn table(page: &mut String, results: &Results, scores: &[Score]) {
    if scores.is_empty() {
        return;
    }
    page.push_str(
        "<section aria-labelledby=\"score\">\n<h2 id=\"score\">Score</h2>\n<table class=\"scores\">\n\
         <thead><tr><th scope=\"col\">Page</th><th scope=\"col\">Kept</th>\
         <th scope=\"col\" class=\"wide\">Share</th></tr></thead>\n<tbody>\n",
    );
    for score in scores {
        let name = score.page.name;
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\"><a href=\"#page-{name}\">{name}</a></th><td>{}&thinsp;/&thinsp;{}</td>\
             <td class=\"wide\">{}</td></tr>",
            score.tally.pass,
            score.tried(),
            bar(score.tally)
        );
    }
    let tally = results.tally();
    let _ = write!(
        page,
        "</tbody>\n<tfoot><tr><th scope=\"row\">all</th><td>{}&thinsp;/&thinsp;{}</td>\
         <td class=\"wide\">{}</td></tr></tfoot>\n</table>\n</section>\n",
        tally.pass,
        tried(tally),
        bar(tally)
    );
}

/// How many of the cases ended how, as lengths. The figures beside it say the same.
fn bar(tally: Tally) -> String {
    let parts = [
        ("pass", tally.pass),
        ("fail", tally.fail),
        ("warn", tally.warn),
        ("skip", tally.skip + tally.unobservable),
    ];
    let parts: String = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(class, count)| format!("<span class=\"{class}\" style=\"flex-grow:{count}\"></span>"))
        .collect();
    format!(
        "<span class=\"bar\" role=\"img\" aria-label=\"{}\">{parts}</span>",
        super::results::counted(tally)
    )
}

fn problems(page: &mut String, results: &Results) {
    let is_failed = |it: &&Judged| it.report.status == Status::Fail;
    let of = |is_meant: &dyn Fn(&Judged) -> bool| -> Vec<&Judged> {
        results.judged.iter().filter(|it| it.is_broken() && is_meant(it)).collect()
    };
    for (id, heading, those) in [
        ("failures", "Failures", of(&|it| is_failed(&it) && !it.is_known())),
        ("warnings", "Warnings", of(&|it| !is_failed(&it) && !it.is_known())),
        ("known", "Known from the baseline", of(&Judged::is_known)),
    ] {
        if those.is_empty() {
            continue;
        }
        let _ = writeln!(page, "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{heading}</h2>");
        // Of many failures of one kind, the first one shows at once what passed.
        let mut seen = BTreeSet::new();
        those.iter().for_each(|judged| problem(page, judged, seen.insert(judged.report.code().id)));
        page.push_str("</section>\n");
    }
}

fn problem(page: &mut String, judged: &Judged, is_open: bool) {
    let report = &judged.report;
    let (case, code) = (report.case, report.code());
    let class = report.status.as_str();
    let earlier = judged.earlier().map_or(String::new(), |it| format!(" <span class=\"tag\">{it}</span>"));
    let _ = write!(
        page,
        "<article class=\"problem {class}\" id=\"{id}\">\n<h3><span class=\"tag {class}\">{class}</span> <code>{id}</code></h3>\n\
         <p class=\"rule\">{rule}</p>\n\
         <p class=\"meta\"><span class=\"tag\">{level}</span> <span class=\"tag\">{code}</span>{earlier} {title} · \
         <a href=\"{url}\">{path}</a></p>\n<dl class=\"found\">\n",
        id = case.id,
        rule = plain(case.rule),
        level = case.level.as_str(),
        code = code.id,
        title = plain(code.title),
        url = plain(&case.page.url()),
        path = plain(&format!("versia.pub/{}", case.page.path)),
    );
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(page, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    };
    report.expected.iter().for_each(|it| row("Expected", &text::marked(it)));
    report.got.iter().for_each(|it| row("Got", &text::marked(it)));
    for finding in &report.findings {
        let hint =
            finding.hint.as_deref().map_or(String::new(), |hint| format!("<br>{}", text::marked(hint)));
        row(finding.code.id, &format!("{}{hint}", text::marked(&finding.message)));
    }
    row("To fix it", &plain(code.fix));
    page.push_str("</dl>\n");
    page.push_str(&wire::log(&report.exchanges, is_open));
    page.push_str("</article>\n");
}

fn untold(page: &mut String, results: &Results) {
    for (id, heading, status) in [
        ("skipped", "Not tried", Status::Skip),
        ("untold", "Tried, and not to be told", Status::Unobservable),
    ] {
        let reasons = results.reasons(status);
        if reasons.is_empty() {
            continue;
        }
        let _ = writeln!(
            page,
            "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{heading}</h2>\n<ul class=\"reasons\">"
        );
        for (reason, count) in reasons {
            let _ = writeln!(page, "<li><b>{count}</b> <span>{}</span></li>", text::marked(reason));
        }
        page.push_str("</ul>\n</section>\n");
    }
}

/// Every case of a page with its wire log; what is broken is told above.
fn cases(page: &mut String, results: &Results, score: &Score) {
    let name = score.page.name;
    let _ = write!(
        page,
        "<section aria-labelledby=\"page-{name}\">\n<h2 id=\"page-{name}\">{name} <small><a href=\"{}\">{}</a></small></h2>\n\
         <ul class=\"cases\">\n",
        plain(&score.page.url()),
        plain(&format!("versia.pub/{}", score.page.path))
    );
    for judged in results.of_page(score.page) {
        let report = &judged.report;
        let (id, word) = (report.case.id, report.status.as_str());
        let head = format!("<span class=\"tag {word}\">{word}</span> <code>{id}</code>");
        if judged.is_broken() {
            let _ = writeln!(
                page,
                "<li><p class=\"line\"><span class=\"tag {word}\">{word}</span> <a href=\"#{id}\"><code>{id}</code></a></p></li>"
            );
            continue;
        }
        let reason = report
            .reason
            .as_deref()
            .map_or(String::new(), |it| format!("<p class=\"soft\">{}</p>", text::marked(it)));
        let _ = writeln!(
            page,
            "<li><details><summary>{head}</summary><p>{} <span class=\"soft\">({})</span></p>{reason}{}</details></li>",
            plain(report.case.rule),
            report.case.level.as_str(),
            wire::log(&report.exchanges, false)
        );
    }
    page.push_str("</ul>\n</section>\n");
}
