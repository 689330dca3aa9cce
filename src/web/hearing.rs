//! Whether a request's body is still on its way: until it is whole, nothing has begun, and its connection may give way to
//! others as any that is silent.

use std::sync::Arc;

use super::bodies::Bodies;
use super::requests::Requests;

/// What the reader of a body needs to know of the connection that it comes on; put into each request's extensions by the
/// server.
#[derive(Clone)]
pub struct Hearing {
    pub(super) requests: Requests,
    pub(super) bodies: Arc<Bodies>,
}

/// From the first wait for a part of a body to the body's end.
pub(super) struct Listening(Requests);

impl Hearing {
    pub(super) fn listen(&self) -> Listening {
        self.requests.listen();
        Listening(self.requests.clone())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.has_heard();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Bodies, Hearing, Requests};
    use crate::web::seats::{Entrance, Seats};

    #[tokio::test]
    async fn a_connection_is_silent_while_all_that_it_asks_is_still_coming() {
        let seat = Seats::new(1, 0).take(Entrance::Own).await;
        let requests = Requests::of(Arc::clone(&seat));
        let hearing = Hearing { requests: requests.clone(), bodies: Bodies::new(1) };
        let (one, other) = (requests.begin(), requests.begin());
        let coming = hearing.listen();
        assert!(!seat.is_silent(), "the other request is being worked on");
        drop(other);
        assert!(requests.all_wait());
        let also_coming = hearing.listen();
        assert!(seat.is_silent());
        drop(also_coming);
        assert!(!seat.is_silent(), "a body is whole, so its handler begins");
        drop((coming, one));
        assert!(requests.all_wait());
    }
}
