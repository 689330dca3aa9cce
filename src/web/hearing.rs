//! Whether a request's body is still on its way: until it is whole, nothing has begun, and its connection may give way to
//! others as any that is silent.

use std::sync::Arc;

use super::bodies::Bodies;
use super::seats::Seat;
use super::streams::Requests;

/// What the reader of a body needs to know of the connection that it comes on; put into each request's extensions by the
/// server.
#[derive(Clone)]
pub struct Hearing {
    pub(super) seat: Arc<Seat>,
    pub(super) requests: Requests,
    pub(super) bodies: Arc<Bodies>,
}

/// From the first wait for a part of a body to the body's end.
pub(super) struct Listening(Hearing);

impl Hearing {
    pub(super) fn listen(&self) -> Listening {
        self.requests.listen();
        self.seat.fall_silent_if(|| self.requests.are_all_listened_to());
        Listening(self.clone())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.requests.has_heard();
        self.0.seat.begin();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Bodies, Hearing, Requests};
    use crate::web::seats::Seats;

    #[tokio::test]
    async fn a_connection_is_silent_while_all_that_it_asks_is_still_coming() {
        let (seat, requests) = (Seats::new(1).take().await, Requests::default());
        let hearing = Hearing { seat: Arc::clone(&seat), requests: requests.clone(), bodies: Bodies::new(1) };
        let (one, other) = (requests.begin(), requests.begin());
        let coming = hearing.listen();
        assert!(!seat.is_silent(), "the other request is being worked on");
        drop(other);
        requests.quiet(Duration::from_millis(1)).await;
        let also_coming = hearing.listen();
        assert!(seat.is_silent());
        drop(also_coming);
        assert!(!seat.is_silent(), "a body is whole, so its handler begins");
        drop((coming, one));
        assert!(requests.are_all_listened_to());
    }
}
