//! A list of Stripe's, page by page.
//!
//! The rule it keeps: the caller sees each page before the next is asked for, so that it can commit what it has; and no
//! list is followed for ever. Newest first: what is added meanwhile comes before the first page and is seen next time.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::transport::Call;
use super::{CallError, Client};
use crate::payments::form::Form;
use crate::payments::objects::{Identified, List};

/// The most that Stripe puts on a page.
const PAGE_ITEMS_MAX: u32 = 100;

/// Two hundred thousand objects: a month of a very busy account, and a fifth of a month's least ration of reads, which
/// for such an account is far greater.
const PAGES_MAX: u32 = 2_000;

/// The pages of one question. Holds no connection; may rest between pages.
#[derive(Clone, Debug)]
pub struct Pages<T> {
    client: Client,
    path: &'static str,
    question: Form,
    after: Option<String>,
    left: u32,
    state: State,
    items: PhantomData<fn() -> T>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    More,
    /// Stripe said that this was all.
    Complete,
    /// The page limit was reached, or Stripe promised more than it gave.
    CutShort,
}

impl<T: Identified + DeserializeOwned> Pages<T> {
    pub(super) fn new(client: Client, path: &'static str, question: Form) -> Self {
        let question = question.with("limit", PAGE_ITEMS_MAX);
        Self { client, path, question, after: None, left: PAGES_MAX, state: State::More, items: PhantomData }
    }

    /// Follows the list for at most `pages` pages.
    #[must_use]
    pub fn at_most(mut self, pages: u32) -> Self {
        self.left = pages.min(PAGES_MAX);
        self
    }

    /// Begins behind the object with this id.
    #[must_use]
    pub fn starting_after(mut self, id: &str) -> Self {
        self.after = Some(id.to_owned());
        self
    }

    /// The next page, newest first; `None` after the last. After an error the same page is asked for again.
    pub async fn next_page(&mut self) -> Result<Option<Vec<T>>, CallError> {
        if self.state != State::More {
            return Ok(None);
        }
        let Some(left) = self.left.checked_sub(1) else {
            self.state = State::CutShort;
            return Ok(None);
        };
        let question = match &self.after {
            Some(id) => self.question.clone().with("starting_after", id),
            None => self.question.clone(),
        };
        let call = Call::Get { path: self.path.to_owned(), query: question.into_text() };
        let page: List<T> = self.client.ask(call).await?.value;
        self.left = left;
        self.after = page.data.last().and_then(Identified::id).map(str::to_owned);
        self.state = match (page.has_more, &self.after) {
            (false, _) => State::Complete,
            (true, Some(_)) => State::More,
            (true, None) => State::CutShort,
        };
        Ok(if page.data.is_empty() { None } else { Some(page.data) })
    }

    /// Whether everything that Stripe has was seen. A comparison against an incomplete list proves nothing.
    pub fn is_complete(&self) -> bool {
        self.state == State::Complete
    }
}
