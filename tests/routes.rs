//! The table of routes, line by line: who may pass, what another site may do, how much may be sent, and how long an answer
//! may be kept. A line with another protection than its kind needs fails here, and so does an address that strangers can
//! reach and that is not on the list below.

use quittance::billing::role::Role;
use quittance::web::body::{BodyMax, CHOICE, EVENT, EVIDENCE, FORM, JSON, SIGN_IN};
use quittance::web::csrf::Csrf;
use quittance::web::guard::{Class, Scope};
use quittance::web::route::{Cache, Endpoint, RouteFacts};
use quittance::web::routes;
use warp::http::Method;

/// Everything that is answered without a session and without a token, but for `/metrics`, whose guard asks for one. Each
/// line was thought about: what does it tell, what does it cost, and what can be done with it a thousand times a second?
const STRANGERS: [(&str, &str); 30] = [
    ("GET", "/"),
    ("GET", "/.well-known/security.txt"),
    ("GET", "/a/{hash}/{name}"),
    ("GET", "/admin/"),
    ("GET", "/admin/access/{secret}"),
    ("GET", "/admin/login"),
    ("GET", "/admin/login/code"),
    ("GET", "/admin/setup"),
    ("GET", "/admin/setup/{secret}"),
    ("GET", "/favicon.ico"),
    ("GET", "/healthz"),
    ("GET", "/i/{token}"),
    ("GET", "/i/{token}/credit/{n}"),
    ("GET", "/i/{token}/fee/{n}"),
    ("GET", "/i/{token}/fee/{n}/correction/{k}"),
    ("GET", "/i/{token}/receipt/{n}"),
    ("GET", "/i/{token}/return"),
    ("GET", "/i/{token}/status"),
    ("GET", "/metrics"),
    ("GET", "/readyz"),
    ("GET", "/robots.txt"),
    ("POST", "/admin/access/{secret}"),
    ("POST", "/admin/login"),
    ("POST", "/admin/login/code"),
    ("POST", "/admin/setup/{secret}"),
    ("POST", "/i/{token}/checkout"),
    ("POST", "/i/{token}/checkout/all"),
    ("POST", "/i/{token}/checkout/part"),
    ("POST", "/i/{token}/receipt/{n}/copy"),
    ("POST", "/webhooks/stripe"),
];

/// Addresses whose beginning does not say who may pass.
const EXACT: [(&str, Class); 10] = [
    ("/admin/", Class::Public),
    ("/admin/login", Class::Public),
    ("/admin/login/code", Class::Public),
    ("/admin/setup", Class::Public),
    ("/admin/setup/{secret}", Class::Setup),
    ("/admin/access/{secret}", Class::Setup),
    ("/healthz", Class::Operations),
    ("/metrics", Class::Operations),
    ("/readyz", Class::Operations),
    ("/webhooks/stripe", Class::Stripe),
];

/// Every line of the table.
fn lines() -> Vec<RouteFacts> {
    let table = routes::table();
    table.iter().map(Endpoint::facts).cloned().collect()
}

fn changes(line: &RouteFacts) -> bool {
    line.method != Method::GET
}

fn is_behind_a_link(line: &RouteFacts) -> bool {
    line.path.starts_with("/i/{token}")
}

#[test]
fn strangers_reach_these_addresses_and_no_others() {
    let open = lines().into_iter().filter(|line| !matches!(line.class, Class::Desk(_) | Class::Api(_)));
    let mut found: Vec<(String, &str)> = open.map(|line| (line.method.to_string(), line.path)).collect();
    found.sort();
    let listed: Vec<(String, &str)> = STRANGERS.iter().map(|(method, path)| ((*method).to_owned(), *path)).collect();
    assert_eq!(found, listed);
}

/// What is about one's own account: everybody's.
const OWN: [&str; 7] = [
    "/admin/logout",
    "/admin/settings/account",
    "/admin/settings/account/password",
    "/admin/settings/account/second-step",
    "/admin/settings/account/sessions",
    "/admin/settings/account/shortcuts",
    "/admin/settings/sessions/{id}/revoke",
];

/// Decided by an owner alone, though it is no setting.
const DECISIONS: [&str; 2] = ["/admin/copy", "/admin/reconciliations/account"];

/// Pages on which nothing can be read that is not being changed.
const FORMS: [&str; 15] = [
    "/new",
    "/edit",
    "/refund",
    "/take-back",
    "/submit",
    "/accept",
    "/send",
    "/void",
    "/uncollectible",
    "/let-go",
    "/link",
    "/delete",
    "/credit",
    "/reissue",
    "/checkout",
];

/// Whatever is set is an owner's, whatever else changes something is staff's, what is read is everybody's.
fn least_role(line: &RouteFacts) -> Role {
    let is_setting = ["/admin/settings/", "/admin/setup/"].iter().any(|start| line.path.starts_with(start));
    let is_form = FORMS.iter().any(|end| line.path.ends_with(end));
    match line.path {
        path if OWN.contains(&path) => Role::Bookkeeper,
        path if is_setting || DECISIONS.contains(&path) => Role::Owner,
        _ if changes(line) || is_form => Role::Staff,
        _ => Role::Bookkeeper,
    }
}

#[test]
fn an_address_says_who_may_pass() {
    for line in lines() {
        let exact = EXACT.iter().find(|(path, _)| *path == line.path).map(|(_, class)| *class);
        let expected = exact.unwrap_or(match line.path {
            path if path.starts_with("/api/v1/") => Class::Api(if changes(&line) { Scope::Write } else { Scope::Read }),
            path if path == "/admin" || path.starts_with("/admin/") => Class::Desk(least_role(&line)),
            _ => Class::Public,
        });
        assert_eq!(line.class, expected, "{line:?}");
    }
}

#[test]
fn whatever_changes_something_is_protected_from_other_sites() {
    for line in lines() {
        let is_protected = match line.class {
            _ if !changes(&line) => line.csrf == Csrf::Safe,
            Class::Public if is_behind_a_link(&line) => line.csrf == Csrf::Checkout,
            Class::Public | Class::Desk(_) | Class::Setup => line.csrf == Csrf::SameOrigin,
            // A token and a signature are sent by no browser by itself.
            Class::Api(_) | Class::Stripe => matches!(line.csrf, Csrf::Exempt(_)),
            Class::Operations => false,
        };
        assert!(is_protected, "{line:?}");
    }
}

#[test]
fn no_address_reads_more_than_its_kind_may_send() {
    for line in lines() {
        let allowed: &[BodyMax] = match line.class {
            _ if !changes(&line) => &[BodyMax::Ignored],
            Class::Public if is_behind_a_link(&line) => &[BodyMax::Ignored, CHOICE],
            Class::Public => &[SIGN_IN],
            Class::Desk(_) if line.path == "/admin/disputes/{id}" => &[EVIDENCE],
            Class::Desk(_) | Class::Setup => &[FORM],
            Class::Api(_) => &[JSON, BodyMax::Ignored],
            Class::Stripe => &[EVENT],
            Class::Operations => &[],
        };
        assert!(allowed.contains(&line.body), "{line:?}");
    }
}

#[test]
fn only_pages_of_visitors_and_owners_are_kept_and_only_by_their_own_browser() {
    for line in lines() {
        let is_a_page = !changes(&line) && matches!(line.class, Class::Public | Class::Desk(_));
        match line.cache {
            Cache::Immutable => assert_eq!(line.path, "/a/{hash}/{name}"),
            Cache::Page => assert!(is_a_page, "{line:?}"),
            Cache::NoStore => {}
        }
        let tells_of_payment = ["/return", "/status"].iter().any(|end| line.path.ends_with(end));
        assert!(!tells_of_payment || line.cache == Cache::NoStore, "{line:?}");
    }
}
