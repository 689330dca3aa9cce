//! Somebody at a browser without JavaScript: keeps cookies, reads forms as they stand on the page, and sends them back.

use std::cell::RefCell;

use crate::support::{Answer, Ask, TestApp};

/// The address and the password that the stories sign in with.
pub const EMAIL: &str = "pat@example.com";
pub const PASSWORD: &str = "my cat sits on the ledger";

pub struct Person<'a> {
    pub app: &'a TestApp,
    cookie: RefCell<Option<String>>,
    /// The mark of a browser that signed in; it outlives the session.
    mark: RefCell<Option<String>>,
}

/// A form of a page, as it would be sent if nothing were changed.
pub struct Sheet {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl<'a> Person<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, cookie: RefCell::default(), mark: RefCell::default() }
    }

    /// Somebody who has been through the first step of the first run.
    pub async fn owner(app: &'a TestApp) -> Self {
        let person = Self::new(app);
        let setup = format!("/admin/setup/{}", app.app.setup_secret().unwrap().unwrap());
        let sheet = person.sheet(&setup, &setup).await;
        let answer = person.send(&sheet, &[("email", EMAIL), ("password", PASSWORD)]).await;
        assert_eq!(leads_to(&answer), "/admin/setup/business");
        person
    }

    pub fn cookie(&self) -> Option<String> {
        self.cookie.borrow().clone()
    }

    pub fn forget_cookie(&self) {
        self.cookie.replace(None);
    }

    fn with_cookies(&self, ask: Ask) -> Ask {
        let mark = self.mark.borrow().clone();
        let cookies: Vec<String> = self.cookie().into_iter().chain(mark).collect();
        if cookies.is_empty() { ask } else { ask.header("cookie", &cookies.join("; ")) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        let ask = self.with_cookies(self.app.ask("GET", path).header("accept", "text/html"));
        self.keep(ask.send().await)
    }

    /// A page that must be there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let ask = self.app.ask("POST", path).header("accept", "text/html").header("sec-fetch-site", "same-origin");
        let ask = self.with_cookies(ask);
        self.keep(ask.form(&body.join("&")).send().await)
    }

    /// Sends a body of another kind than a plain form, such as one with files.
    pub async fn post_body(&self, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let ask = self.app.ask("POST", path).header("accept", "text/html").header("sec-fetch-site", "same-origin");
        self.keep(self.with_cookies(ask).body(kind, body).send().await)
    }

    /// The form of a page that is sent to `action`.
    pub async fn sheet(&self, page: &str, action: &str) -> Sheet {
        Sheet::read(&self.page(page).await, action)
    }

    /// Sends a form with some of its fields changed; a name that it lacks is the button that is pressed.
    pub async fn send(&self, sheet: &Sheet, changes: &[(&str, &str)]) -> Answer {
        let mut fields: Vec<(&str, &str)> =
            sheet.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for (name, value) in changes {
            match fields.iter_mut().find(|(own, _)| own == name) {
                Some(field) => field.1 = value,
                None => fields.push((name, value)),
            }
        }
        self.post(&sheet.action, &fields).await
    }

    /// Follows a redirect to its page.
    pub async fn follow(&self, answer: &Answer) -> String {
        self.page(&leads_to(answer)).await
    }

    fn keep(&self, answer: Answer) -> Answer {
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            let place = if pair.contains("browser=") { &self.mark } else { &self.cookie };
            place.replace((!pair.ends_with('=')).then_some(pair));
        }
        answer
    }
}

#[track_caller]
pub fn leads_to(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

impl Sheet {
    #[track_caller]
    pub fn read(page: &str, action: &str) -> Self {
        let start = page.match_indices("<form").map(|(at, _)| at).find(|at| {
            let tag = page[*at..].split('>').next().unwrap_or_default();
            attribute(tag, "action").as_deref() == Some(action)
        });
        let start = start.unwrap_or_else(|| panic!("no form is sent to {action} on\n{page}"));
        let form = page[start..].split("</form>").next().unwrap();
        Self { action: action.to_owned(), fields: fields(form) }
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

fn fields(form: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut list: Option<(String, Option<String>)> = None;
    for piece in form.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let name = attribute(tag, "name");
        if tag.starts_with("input ") {
            let is_box = attribute(tag, "type").as_deref() == Some("checkbox");
            if let Some(name) = name.filter(|_| !is_box || tag.contains(" checked")) {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        } else if tag.starts_with("textarea") {
            fields.extend(name.map(|name| (name, decoded(text))));
        } else if tag.starts_with("select") {
            list = name.map(|name| (name, None));
        } else if tag.starts_with("option") {
            if let Some((_, chosen)) = &mut list
                && (chosen.is_none() || tag.contains(" selected"))
            {
                *chosen = attribute(tag, "value");
            }
        } else if tag.starts_with("/select") {
            fields.extend(list.take().and_then(|(name, chosen)| Some((name, chosen?))));
        }
    }
    fields
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(decoded(rest.split('"').next()?))
}

fn decoded(text: &str) -> String {
    let named = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'");
    named.replace("&#38;", "&")
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
