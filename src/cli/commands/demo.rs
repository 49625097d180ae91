//! `demo`: signing and verifying in one minute, with keys made on the spot.

use clap::Args;

use crate::cli::error::{CliError, Exit};
use crate::cli::render::verification::{Reference, Style, render};
use crate::cli::{Context, new_secret_key, unix_now};
use crate::protocol::record::Record;
use crate::protocol::versia::{self, Checked, KeySource, KnownKey, NoKey, verify_record};
use crate::signing::{PublicKey, Signer, Verdict, Window};

/// Show the whole in one minute: two identities, a Note signed by one and verified by the other, a tampered one refused.
///
/// Keys are made on the spot and forgotten at the end. Nothing is stored, and nothing leaves this machine.
#[derive(Debug, Args)]
pub struct DemoArgs {}

/// What `b.example` knows: the keys that instances publish.
struct Published(Vec<(&'static str, PublicKey)>);

impl KeySource for Published {
    fn key_of(&self, signed_by: Option<&str>) -> Result<KnownKey, NoKey> {
        let published = self.0.iter().find(|(domain, _)| Some(*domain) == signed_by);
        let (domain, key) = published.ok_or_else(NoKey::default)?;
        Ok(KnownKey { key: *key, origin: format!("{domain}'s metadata"), findings: Vec::new() })
    }
}

impl DemoArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let alice = Signer::new(new_secret_key()?, "a.example");
        let bob = Signer::new(new_secret_key()?, "b.example");
        let published = [&alice, &bob].map(|signer| signer.key().public());
        let published = Published(vec![("a.example", published[0]), ("b.example", published[1])]);
        let now = unix_now();
        let say = |context: &mut Context, text: &str| {
            if context.ui.json { Ok(()) } else { context.ui.line(text) }
        };

        say(context, "Two instances, each with a key made just now. Each publishes its public half:")?;
        for signer in [&alice, &bob] {
            say(context, &format!("  {}  {}", signer.domain(), signer.key().public().to_spki_base64()))?;
        }
        let note = note();
        say(context, "\na.example signs a Note for b.example's inbox:")?;
        say(context, &format!("  {note}"))?;
        let signed = alice.sign("POST", versia::INBOX, now, note.as_bytes());
        let request = versia::compose_request(
            &signed,
            "POST",
            versia::INBOX,
            Some("b.example"),
            note.clone().into_bytes(),
        );
        for (name, value) in versia::signature_headers(&signed) {
            say(context, &format!("  {name}: {}", value.as_text().unwrap_or_default()))?;
        }

        say(context, "\nb.example takes a.example's public key and verifies what came:\n")?;
        let mut record = Record { request: Some(request), ..Record::default() };
        let genuine = verify(context, &record, &published, now)?;

        say(context, "\nOn the way, somebody changes one word of the body:\n")?;
        if let Some(request) = &mut record.request {
            request.body = note.replace("Hello", "Hallo").into();
        }
        let tampered = verify(context, &record, &published, now)?;
        say(context, "\nThe digest is another one than a.example signed, and so the whole string is.")?;

        say(
            context,
            "\nNext: `versia-cli keygen --save NAME --domain DOMAIN` makes an identity of your own,",
        )?;
        say(context, "`versia-cli sign --help` and `versia-cli verify --help` show the rest.")?;
        let as_expected = genuine == Some(Verdict::Valid) && tampered == Some(Verdict::Invalid);
        Ok(if as_expected { Exit::Yes } else { Exit::Bug })
    }
}

fn note() -> String {
    concat!(
        r#"{"id":"1","type":"Note","created_at":"2026-01-01T00:00:00Z","author":"alice","is_sensitive":false,"#,
        r#""attachments":[],"mentions":["b.example:bob"],"previews":[],"#,
        r#""content":{"text/plain":{"content":"Hello, Bob!","remote":false}}}"#
    )
    .to_owned()
}

fn verify(
    context: &mut Context,
    record: &Record,
    keys: &dyn KeySource,
    now: i64,
) -> Result<Option<Verdict>, CliError> {
    let checked =
        verify_record(record, keys, Window::around(now)).map_err(|why| CliError::usage(why.to_string()))?;
    let style = Style { json: context.ui.json, details: true, paint: context.ui.paint };
    for one in &checked {
        let mut output = Vec::new();
        render(one, "", Reference::Now(now), &style, &mut output);
        context.ui.write(&output)?;
    }
    Ok(checked.first().map(|one: &Checked| one.verification.verdict))
}
