//! How long a connection goes on, and how it ends.
//!
//! HTTP/1.1 has its clocks in `wire`, which sees when it is silent. Over HTTP/2 the requests tell: a connection on which each
//! of them waits for its client is silent, gives way to newcomers, and is closed after a while; one whose client takes
//! nothing of an answer is told to go at once, and what is still worked on is finished.

use std::fmt::Display;
use std::pin::Pin;
use std::time::Duration;

use hyper_util::server::graceful::GracefulConnection;
use tokio::sync::watch;
use tokio::time::Instant;

use super::requests::Requests;
use super::server::Limits;

/// After the last part of an answer was handed over, it is written: 64 KiB, which a phone on a bad line takes within a second.
const LAST_BYTES: Duration = Duration::from_secs(2);

/// What is decided about a connection while it goes on.
pub(super) struct Conversation<'a> {
    pub requests: &'a Requests,
    pub limits: &'a Limits,
    pub speaks_http_2: bool,
}

/// What is done if nothing turns until then.
#[derive(Clone, Copy)]
enum Step {
    FallSilent,
    Leave,
    End,
}

impl Conversation<'_> {
    /// Lets the connection go on until it has ended, gives way, or has had its time. What is worked on is not cut off.
    pub async fn hold<C>(&self, mut connection: Pin<&mut C>, mut told: watch::Receiver<bool>)
    where
        C: GracefulConnection,
        C::Error: Display,
    {
        let seat = self.requests.seat();
        let mut is_leaving = false;
        loop {
            // Before looking at them, so that no turn in between is missed.
            let turn = self.requests.turn();
            let leaves = tokio::select! {
                ended = &mut connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    }
                    return;
                }
                () = seat.asked_to_leave() => {
                    if seat.leaves() {
                        return;
                    }
                    false
                }
                () = turn, if self.speaks_http_2 => false,
                step = when_it_is_time(self.next_step(is_leaving)) => match step {
                    Step::End => return,
                    Step::Leave => true,
                    Step::FallSilent => {
                        seat.fall_silent_if(|| self.requests.all_wait());
                        false
                    }
                },
                _ = told.wait_for(|over| *over), if !is_leaving => true,
            };
            if leaves {
                is_leaving = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }

    /// What happens next over HTTP/2, if nothing else does.
    fn next_step(&self, is_leaving: bool) -> Option<(Instant, Step)> {
        if !self.speaks_http_2 {
            return None;
        }
        let (patience, step) = match (is_leaving, self.requests.seat().is_silent()) {
            (true, _) => (self.limits.head, Step::End),
            (false, true) => (self.limits.idle, Step::Leave),
            (false, false) => (LAST_BYTES, Step::FallSilent),
        };
        let quiet = self.requests.all_wait().then(|| (Instant::now() + patience, step));
        let untaken = self.requests.untaken_since().filter(|_| !is_leaving);
        let stuck = untaken.map(|since| (since + self.limits.answer, Step::Leave));
        quiet.into_iter().chain(stuck).min_by_key(|(at, _)| *at)
    }
}

async fn when_it_is_time(next: Option<(Instant, Step)>) -> Step {
    match next {
        Some((at, step)) => {
            tokio::time::sleep_until(at).await;
            step
        }
        None => std::future::pending().await,
    }
}
