//! One question over one connection of its own, HTTP/1.1, for whoever wants to know who is at the other end.

use std::pin::pin;

use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// Asks, and has `read` take of the answer what is wanted of it.
///
/// # Errors
/// The connection broke, or what answers does not speak HTTP.
pub async fn ask<B, T>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<B>,
    read: impl AsyncFnOnce(Response<Incoming>) -> T,
) -> Result<T, hyper::Error>
where
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut answer = pin!(async { Ok(read(sender.send_request(request).await?).await) });
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // Who hangs up may have answered first.
        _ = connection => answer.await,
    }
}
