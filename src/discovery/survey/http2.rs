//! Whether a server answers over HTTP/2: one GET over a connection on which it was agreed.

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::client::{AsyncStream, HttpUrl, Stream};
use crate::protocol::versia::MEDIA_TYPE;

/// Asks for what is at an address, over HTTP/2; gives the status. A `limit` of zero is none.
///
/// # Errors
/// Says what went wrong, in a few words.
pub fn ask(stream: Stream, url: &HttpUrl, user_agent: &str, limit: Duration) -> Result<u16, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the system has no resources for it: {error}"))?;
    runtime.block_on(async {
        let asking = async {
            let io = TokioIo::new(AsyncStream::new(stream).map_err(|error| error.to_string())?);
            let (mut sender, connection) =
                handshake(TokioExecutor::new(), io).await.map_err(|error| error.to_string())?;
            let driving = tokio::spawn(connection);
            let request = Request::get(url.to_string())
                .header("accept", MEDIA_TYPE)
                .header("user-agent", user_agent)
                .body(Empty::<hyper::body::Bytes>::new())
                .map_err(|error| error.to_string())?;
            let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
            let status = response.status().as_u16();
            // One frame shows that bodies come; how much there is does not matter.
            if let Some(Err(error)) = response.into_body().frame().await {
                return Err(error.to_string());
            }
            driving.abort();
            Ok(status)
        };
        if limit.is_zero() {
            return asking.await;
        }
        tokio::time::timeout(limit, asking)
            .await
            .unwrap_or_else(|_| Err("it did not answer in time".to_owned()))
    })
}
