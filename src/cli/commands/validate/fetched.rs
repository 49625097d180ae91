//! An entity that is fetched to be validated: one signed GET.

use super::intake::Document;
use crate::cli::error::CliError;
use crate::cli::key_input::SignerArgs;
use crate::cli::network::{NetworkArgs, network_error};
use crate::cli::{Context, unix_now};
use crate::client::{Dialer, Http, HttpRequest, Resource, without_password};
use crate::discovery::collection_at;
use crate::protocol::versia::{MEDIA_TYPE, may_be_unsigned, signature_headers};

/// Fetches what is at an address. What may go unsigned does, unless a signer is named.
pub(super) fn fetch(
    context: &mut Context,
    address: &str,
    signer: &SignerArgs,
    network: &NetworkArgs,
) -> Result<Document, CliError> {
    let what = format!("cannot fetch {:?}", without_password(address));
    let resource = Resource::parse(address, None).map_err(|error| {
        let cli = CliError::usage(&what).because(&error);
        match error.hint() {
            Some(hint) => cli.hint(hint),
            None => cli,
        }
    })?;
    let url = resource.url().clone();
    let target = url.target().to_owned();
    let mut headers = vec![("Accept".to_owned(), MEDIA_TYPE.into())];
    let is_named = [&signer.as_name, &signer.key, &signer.signed_by].iter().any(|it| it.is_some());
    if is_named || !may_be_unsigned(&target) {
        let signer = signer.resolve(context)?;
        headers.extend(signature_headers(&signer.sign("GET", &target, unix_now(), b"")));
    }
    let request = HttpRequest { method: "GET".to_owned(), url, headers, body: Vec::new() };
    let response = Http::new(Dialer::new(network.options(context)?))
        .exchange(&request)
        .map_err(|error| network_error(&what, &error, error.code(), error.hint()))?;
    if response.status / 100 != 2 {
        let hint = format!("versia-cli fetch {} shows the answer", without_password(address));
        return Err(CliError::refused(what).because(format!("the status is {}", response.status)).hint(hint));
    }
    if response.truncated {
        return Err(CliError::network(what).because("the body is not whole: it is larger than the limit"));
    }
    let given = collection_at(&target, &response.body);
    Ok(Document {
        place: without_password(address).into_owned(),
        lines_before: 0,
        record: None,
        text: response.body,
        given,
    })
}
