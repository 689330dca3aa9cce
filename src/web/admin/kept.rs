//! A form that was sent when its session had ended: what was typed goes with the sign-in and is shown again afterwards.
//!
//! Nothing is done by signing in. Whoever is signed in then looks at what was typed and sends it, under their own name
//! and through the same checks as ever. Passwords and keys are not given back, and files cannot be.

use askama::Template;
use warp::http::{HeaderValue, StatusCode, header};

use super::entered::label_of;
use super::guard::safe_next;
use crate::store::Owner;
use crate::web::body::{FORM, Incoming};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::reply::{self, Response};
use crate::web::request::Request;
use crate::web::views::entry::{Kept, LoginPage, SendAgainPage};

/// The fields of the sign-in form for what is kept: where it was sent, how, and its own fields behind the dot.
const PATH: &str = "kept-path";
const FILES: &str = "kept-files";
const FIELD: &str = "kept.";
/// Fields of our pages that hold a secret: they are typed again.
pub const SECRETS: [&str; 8] =
    ["password", "current", "proof", "code", "recovery", "secret_key", "setup_key", "webhook_secret"];
/// Fields that a page adds by itself, and choices whose values are words of ours.
const OURS: [&str; 10] = ["do", "seen", "once", "nonce", "revision", "id", "kind", "customer", "place", "confirmed"];

/// What the request would have done, as far as it can be given back: what is too large for a plain form is not.
///
/// # Errors
/// The body did not come whole.
pub async fn of_request(request: Request, body: Incoming) -> Result<Kept, Error> {
    let path = request.path.clone();
    let body = match body.read(FORM).await {
        Err(Error::TooLarge { .. }) => return Ok(Kept { path, is_lost: true, ..Kept::default() }),
        read => read?,
    };
    let request = request.let_in((), body);
    let (form, has_files) = match request.form() {
        Ok(form) => (form, false),
        Err(_) => (request.parts()?.form, true),
    };
    let fields = form.iter().filter(|(name, _)| !SECRETS.contains(name)).map(owned);
    Ok(Kept { path, has_files, is_lost: false, fields: fields.collect() })
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// What a sign-in form brings along.
pub fn of_login(form: &Form) -> Option<Kept> {
    let path = form.get(PATH).filter(|path| path.starts_with("/admin/") && safe_next(path) == *path)?;
    let fields = form.iter().filter_map(|(name, value)| Some(owned((name.strip_prefix(FIELD)?, value))));
    let fields = fields.filter(|(name, _)| !SECRETS.contains(&name.as_str()));
    Some(Kept { path: path.to_owned(), has_files: form.get(FILES).is_some(), is_lost: false, fields: fields.collect() })
}

/// The sign-in page in answer to a form: `401`, because nothing was done.
///
/// # Errors
/// The page cannot be written.
pub fn sign_in(page: &LoginPage) -> Result<Response, Error> {
    let mut response = reply::page_with(StatusCode::UNAUTHORIZED, page)?;
    challenge(&mut response);
    Ok(response)
}

/// RFC 9110 asks for one with every `401`; browsers show the page.
pub fn challenge(response: &mut Response) {
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
}

/// What a person typed of a form, each with a label.
pub fn typed<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let has = |names: &[&str], name: &str| {
        names.iter().any(|own| name == *own || name.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')))
    };
    let is_typed = |name: &str, value: &str| !value.trim().is_empty() && !has(&OURS, name) && !has(&SECRETS, name);
    let typed = fields.into_iter().filter(|(name, value)| is_typed(name, value));
    typed.map(|(name, value)| (label_of(name), value.to_owned())).collect()
}

/// What was typed, for whoever has just signed in.
///
/// # Errors
/// The page cannot be written.
pub fn shown(kept: Kept, owner: &Owner) -> Result<Response, Error> {
    let rows = typed(kept.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let html = SendAgainPage { owner: owner.email.clone(), rows, kept }.render().map_err(Error::internal)?;
    Ok(reply::html(StatusCode::OK, html))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Form, SECRETS, of_login};

    #[test]
    fn every_secret_of_our_pages_is_typed_again() {
        let mut templates = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"))];
        let mut found = Vec::new();
        while let Some(path) = templates.pop() {
            if path.is_dir() {
                templates.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let names = text.split("f::secret(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(names.map(str::to_owned));
        }
        assert!(found.len() > 5, "{found:?}");
        assert!(found.iter().all(|name| SECRETS.contains(&name.as_str())), "{found:?}");
    }

    #[test]
    fn what_is_kept_leads_to_the_admin_page_only_and_holds_no_secret() {
        let kept = |text: &str| of_login(&Form::parse(text.as_bytes()).unwrap());
        for path in
            ["", "/", "/api/v1/settings", "//evil.example/admin/", "https://evil.example/admin/", "/admin/\u{e9}"]
        {
            assert!(kept(&format!("kept-path={path}")).is_none(), "{path}");
        }
        let found = kept("email=a&password=p&kept-path=/admin/customers&kept.name=Anna&kept.password=p").unwrap();
        assert_eq!(found.path, "/admin/customers");
        assert_eq!(found.fields, [("name".to_owned(), "Anna".to_owned())]);
    }
}
