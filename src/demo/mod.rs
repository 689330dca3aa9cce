//! What `quittance demo` pretends: a Stripe that moves no money. Nothing in here can be reached from `serve`, and
//! the tests talk to the very same stand-in.

pub mod stripe;
