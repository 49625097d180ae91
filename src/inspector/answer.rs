//! Answers of the API: JSON, or why there is none.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde::Serialize;
use serde_json::json;

use super::Refused;
use crate::finding::Code;
use crate::server::ControlError;
use crate::store::WorkError;

/// Why a request is not answered as it wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) error: String,
    pub(super) hint: Option<String>,
    pub(super) code: Option<&'static Code>,
}

impl Refusal {
    pub(super) fn new(status: u16, error: impl Into<String>) -> Self {
        Refusal { status, error: error.into(), hint: None, code: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same under a code of the list, whose fix is the hint where there is no other.
    pub(super) fn code(mut self, code: &'static Code) -> Self {
        self.hint.get_or_insert_with(|| code.fix.to_owned());
        self.code = Some(code);
        self
    }

    pub(super) fn not_found(error: impl Into<String>) -> Self {
        Refusal::new(404, error)
    }

    pub(super) fn bad(error: impl Into<String>) -> Self {
        Refusal::new(400, error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "hint": self.hint, "code": self.code.map(|code| code.id) });
        let mut response = json(&body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        response
    }
}

impl From<WorkError> for Refusal {
    fn from(error: WorkError) -> Self {
        Refusal::new(503, format!("the store does not answer: {error}"))
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Refusal { hint: refused.hint, ..Refusal::new(502, refused.what) }
    }
}

impl From<ControlError> for Refusal {
    fn from(error: ControlError) -> Self {
        let status = match &error {
            ControlError::NotAnEntity(_) => 400,
            ControlError::NoSuchUser(_) | ControlError::NotFound(_) => 404,
            ControlError::Invalid { .. } => 422,
            ControlError::NotReached { .. } => 502,
            ControlError::Full | ControlError::NoCourier => 503,
        };
        Refusal::new(status, error.to_string()).hint(error.hint())
    }
}

/// An answer in JSON.
pub(super) fn json(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => typed("application/json", body),
        Err(error) => {
            let mut response = typed("text/plain; charset=utf-8", error.to_string());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

/// An answer of a media type.
pub(super) fn typed(media_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
