//! Pages that only say something: not found, too many requests, unavailable, an error.
//!
//! [`NotFound`] knows nothing of the address on purpose: a wrong, a revoked and a malformed one must answer with the same
//! bytes. Its language is what the browser asks for.

use askama::Template;

use crate::words::Words;

/// `404`, everywhere outside the admin page.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "public/not_found.html")]
pub struct NotFound {
    pub t: Words,
}

/// `429`.
#[derive(Clone, Debug, Template)]
#[template(path = "public/too_many.html")]
pub struct TooMany {
    pub t: Words,
    /// `in a minute`, `in about 5 minutes`.
    pub again: String,
}

/// `503`: the store is not writable, or the program is stopping.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "public/unavailable.html")]
pub struct Unavailable {
    pub t: Words,
}

/// Any other refusal of a public request.
#[derive(Clone, Debug, Template)]
#[template(path = "public/error.html")]
pub struct Failure {
    pub t: Words,
    /// `This request came from another website`.
    pub title: String,
    /// What happened and what to do, in one or two sentences.
    pub text: String,
    /// What is wrong, a sentence each.
    pub wrong: Vec<String>,
}

/// Any refusal below `/admin` before it is known who asks.
#[derive(Clone, Debug, Template)]
#[template(path = "admin/refused.html")]
pub struct OwnerFailure {
    pub title: String,
    pub text: String,
    /// What is wrong, a sentence each.
    pub wrong: Vec<String>,
}
