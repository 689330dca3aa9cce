//! What somebody may not press is not shown.
//!
//! The table of routes says which role each address takes; forms and links that lead to one beyond a reader's role are taken
//! out of the finished page, whoever wrote it, with what is empty without them. No template has to know of roles, and none
//! can forget one. The guards decide all the same.

use std::sync::OnceLock;

use http_body_util::BodyExt;
use warp::http::{Method, header};

use crate::billing::role::Role;
use crate::web::error::Error;
use crate::web::guard::Class;
use crate::web::reply::Response;
use crate::web::route::Endpoint;
use crate::web::routes::{State, table};

/// The page as this role may see it.
///
/// # Errors
/// The page cannot be read back.
pub async fn for_role(response: Response, role: Role) -> Result<Response, Error> {
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if role == Role::Owner || !is_page {
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let html = body.collect().await.map_err(Error::internal)?.to_bytes();
    let html = std::str::from_utf8(&html).map_err(Error::internal)?;
    Ok(Response::from_parts(head, trimmed(html, |method, path| may(role, method, path)).into()))
}

/// Whether a role may ask for an address. What is none of the desk's may be asked for by anybody, or is nothing.
#[must_use]
pub fn may(role: Role, method: &Method, path: &str) -> bool {
    static TABLE: OnceLock<Vec<Endpoint<State>>> = OnceLock::new();
    let of_method = TABLE.get_or_init(table).iter().filter(|line| line.facts().method == *method);
    let meant = of_method
        .filter(|line| line.pattern().matches(path).is_some())
        .min_by(|one, other| one.pattern().by_precision(other.pattern()));
    match meant.map(|line| line.facts().class) {
        Some(Class::Desk(least)) => role >= least,
        _ => true,
    }
}

/// Elements that lead somewhere, and how.
const LEADING: [(&str, &str, &str); 3] =
    [("<form ", " action=\"", "</form>"), ("<a ", " href=\"", "</a>"), ("<button ", " formaction=\"", "</button>")];

fn trimmed(html: &str, may: impl Fn(&Method, &str) -> bool) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let tag = &rest[..rest.find('>').map_or(rest.len(), |end| end + 1)];
        let beyond = refused(tag, &may).and_then(|end| rest.find(end).map(|place| place + end.len()));
        match beyond {
            Some(end) => {
                rest = &rest[end..];
                without_empty(&mut kept, &mut rest);
            }
            None => {
                kept.push_str(tag);
                rest = &rest[tag.len()..];
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// The end of the element that a tag begins, if it leads to where its reader may not go.
fn refused(tag: &str, may: impl Fn(&Method, &str) -> bool) -> Option<&'static str> {
    let (start, attribute, end) = LEADING.into_iter().find(|(start, ..)| tag.starts_with(start))?;
    let (_, value) = tag.split_once(attribute)?;
    let path = value.split(['"', '?', '#']).next()?;
    let is_post = start != "<a " && !tag.contains(" method=\"get\"");
    let method = if is_post { Method::POST } else { Method::GET };
    (path.starts_with("/admin") && !may(&method, path)).then_some(end)
}

/// What holds nothing else goes, too: its beginning from what was kept, its end from what is to come.
fn without_empty(kept: &mut String, rest: &mut &str) {
    loop {
        let (before, after) = (kept.trim_end(), rest.trim_start());
        let Some(name) = ["li", "ul", "p", "details", "section", "fieldset"].into_iter().find(|name| {
            after.strip_prefix("</").and_then(|end| end.strip_prefix(name)).is_some_and(|end| end.starts_with('>'))
        }) else {
            return;
        };
        let before = without_heading(before);
        let Some(start) = before.rfind('<') else { return };
        let is_its_start = before[start + 1..].strip_prefix(name).is_some_and(|tag| tag.starts_with([' ', '>']));
        if !is_its_start || !before.ends_with('>') {
            return;
        }
        *rest = &after[name.len() + 3..];
        kept.truncate(start);
    }
}

/// Without the heading that what was taken out stood under.
fn without_heading(before: &str) -> &str {
    for (end, start) in [("</summary>", "<summary"), ("</h2>", "<h2"), ("</h3>", "<h3"), ("</legend>", "<legend")] {
        if before.ends_with(end) {
            return before.rfind(start).map_or(before, |at| before[..at].trim_end());
        }
    }
    before
}

#[cfg(test)]
mod tests {
    use super::{Method, Role, may, trimmed};

    /// Whatever is read may be, and nothing else.
    fn reads(method: &Method, path: &str) -> bool {
        *method == Method::GET && !path.ends_with("/edit")
    }

    #[test]
    fn what_leads_where_one_may_not_go_is_taken_out_with_what_is_empty_then() {
        for (page, expected) in [
            ("<p>a</p>", "<p>a</p>"),
            ("<a href=\"/admin/x\">x</a> <a href=\"/admin/x/edit?a=1\">y</a>", "<a href=\"/admin/x\">x</a> "),
            ("<ul>\n<li><a href=\"/admin/x/edit\"><b>y</b></a></li>\n</ul>z", "z"),
            ("<li>a <a href=\"/admin/x/edit\">y</a></li>", "<li>a </li>"),
            ("<form class=\"c\" method=\"post\" action=\"/admin/x\"><button>Go</button></form>.", "."),
            ("<form method=\"get\" action=\"/admin/x\">q</form>", "<form method=\"get\" action=\"/admin/x\">q</form>"),
            ("<details><summary>Pay</summary><form method=\"post\" action=\"/admin/x\">f</form></details>.", "."),
            ("<section class=\"c\"><h2 id=\"a\">A</h2> <a href=\"/admin/x/edit\">y</a> </section>.", "."),
            (
                "<section><h2>A</h2><p>b</p><a href=\"/admin/x/edit\">y</a></section>",
                "<section><h2>A</h2><p>b</p></section>",
            ),
            ("<a href=\"https://example.com/edit\">x</a>", "<a href=\"https://example.com/edit\">x</a>"),
            ("<p>1 < 2", "<p>1 < 2"),
        ] {
            assert_eq!(trimmed(page, reads), expected);
        }
    }

    #[test]
    fn the_table_says_who_may() {
        for (role, method, path, is_allowed) in [
            (Role::Owner, Method::POST, "/admin/settings/people", true),
            (Role::Staff, Method::GET, "/admin/settings/people", false),
            (Role::Staff, Method::GET, "/admin/invoices/new", true),
            (Role::Bookkeeper, Method::GET, "/admin/invoices/new", false),
            (Role::Bookkeeper, Method::GET, "/admin/invoices/inv_1", true),
            (Role::Bookkeeper, Method::POST, "/admin/invoices/inv_1", false),
            (Role::Bookkeeper, Method::POST, "/admin/logout", true),
            (Role::Bookkeeper, Method::GET, "/i/abc", true),
        ] {
            assert_eq!(may(role, &method, path), is_allowed, "{role} {method} {path}");
        }
    }
}
