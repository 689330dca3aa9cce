//! What a form of the settings, or of a customer, showed when it was opened. It goes with the form, so that an old window overwrites
//! nothing that was changed in another one meanwhile: neither bank account nor next number.
//!
//! A field that nobody touched here takes over what is stored now. One that was changed in both windows keeps what was
//! typed and names the other; only a second Save, which has seen both, replaces it. Fields whose names begin alike up to
//! the first dot (the rows of a table) are one.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::desk::Desk;
use super::super::entered::Wrong;
use crate::actions::Refusal;
use crate::billing::settings::Settings;
use crate::web::form::Form;

/// The name of the hidden field.
pub const SEEN: &str = "seen";
/// What a ticked box sends.
const TICKED: &str = "yes";

/// What a box sends: nothing if it is not ticked.
pub fn ticked(is_ticked: bool) -> String {
    if is_ticked { TICKED.to_owned() } else { String::new() }
}

/// What is stored, by the names that the form has for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored(Form);

impl Stored {
    pub fn of<N: Into<String>>(fields: impl IntoIterator<Item = (N, String)>) -> Self {
        let mut form = Form::default();
        for (name, value) in fields {
            form.push(name.into(), value);
        }
        Self(form)
    }

    /// The value of the hidden field.
    pub fn written(&self) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = self.0.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// What a form that is sent now would overwrite unseen: the form as it is shown again, and what was changed.
    /// `None` if it may be stored.
    pub fn meets(&self, typed: &Form) -> Option<(Form, Wrong)> {
        let seen = Form::parse(typed.text(SEEN).as_bytes()).unwrap_or_default();
        let (mut wrong, mut merged) = (Wrong::default(), Form::default());
        let groups = groups(&self.0);
        let (own, others): (Vec<_>, Vec<_>) = typed.iter().partition(|(name, _)| groups.contains(group_of(name)));
        for (name, value) in others {
            merged.push(name.to_owned(), value.to_owned());
        }
        let typed = Form::of(own);
        for group in groups {
            let change =
                Change { typed: fields(&typed, group), seen: fields(&seen, group), now: fields(&self.0, group) };
            let taken = change.judge(group, &self.0, &mut wrong);
            for (name, value) in if taken { &self.0 } else { &typed }.iter().filter(|(name, _)| group_of(name) == group)
            {
                merged.push(name.to_owned(), value.to_owned());
            }
        }
        (!wrong.is_empty()).then_some((merged, wrong))
    }
}

/// One field, or the rows of one table, in three states; what is empty is left away.
struct Change<'a> {
    typed: BTreeSet<(&'a str, &'a str)>,
    seen: BTreeSet<(&'a str, &'a str)>,
    now: BTreeSet<(&'a str, &'a str)>,
}

impl Change<'_> {
    /// Says what was changed elsewhere. Whether what is stored now is taken over.
    fn judge(&self, group: &str, stored: &Form, wrong: &mut Wrong) -> bool {
        if self.seen == self.now || self.typed == self.now {
            return false;
        }
        let first = stored.iter().map(|(name, _)| name).find(|name| group_of(name) == group).unwrap_or(group);
        let is_untouched = self.typed == self.seen;
        let now = match self.words().as_str() {
            "" if self.seen.iter().any(|(_, value)| *value == TICKED) => "unticked".to_owned(),
            "" => "emptied".to_owned(),
            TICKED => "ticked".to_owned(),
            words => format!("changed to “{words}”"),
        };
        let rest =
            if is_untouched { "That stands here now; nothing was saved yet." } else { "Save again to replace that." };
        wrong.add(first, format!("{} was {now} in another window. {rest}", label(group)));
        is_untouched
    }

    fn words(&self) -> String {
        self.now.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(", ")
    }
}

/// What a field is called where its name alone would not say it beside another.
fn label(group: &str) -> String {
    match group {
        "iban" | "bic" => group.to_uppercase(),
        "terms_days" => "The number of days to pay".to_owned(),
        "mail_months" => "The number of months".to_owned(),
        "event_days" => "The number of days".to_owned(),
        "rates" => "The list of tax rates".to_owned(),
        "name" => "The name".to_owned(),
        "email" => "The e-mail address".to_owned(),
        "language" => "The language".to_owned(),
        "country" => "The country".to_owned(),
        _ => "This".to_owned(),
    }
}

fn group_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn groups(form: &Form) -> BTreeSet<&str> {
    form.iter().map(|(name, _)| group_of(name)).collect()
}

fn fields<'a>(form: &'a Form, group: &str) -> BTreeSet<(&'a str, &'a str)> {
    let own = form.iter().filter(|(name, _)| group_of(name) == group);
    own.map(|(name, value)| (name, value.trim())).filter(|(_, value)| !value.is_empty()).collect()
}

/// What sending `form` would overwrite unseen. Before the first settings there is nothing to overwrite.
pub fn overtaken(desk: &Desk, stored: &Stored, form: &Form) -> Option<(Form, Wrong)> {
    let is_first = form.get(SEEN).is_none() && desk.settings.revision == 0;
    if is_first { None } else { stored.meets(form) }
}

/// The settings, if they are those that were looked at: what was compared outside the transaction still holds in it.
///
/// # Errors
/// They were changed at this very moment.
pub fn as_looked_at(settings: &Settings, revision: u32) -> Result<(), Refusal> {
    unless_changed(settings.revision, revision)
}

/// The same of anything that has a revision: the one that is stored, if it is the one that was looked at.
///
/// # Errors
/// It is another.
pub fn unless_changed(now: u32, looked_at: u32) -> Result<(), Refusal> {
    if now == looked_at {
        return Ok(());
    }
    Err(Refusal::conflict("Something else was saved at the same moment, so this was not. Please save it again."))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Form, Stored};

    /// What was typed, what was seen and what is stored now: what stands in the form then, and what is said.
    fn outcome(typed: &str, seen: &str, now: &str) -> Option<(String, String)> {
        let parsed = |text: &str| Form::parse(text.as_bytes()).unwrap();
        let mut sent = parsed(typed);
        sent.push("seen".to_owned(), Stored(parsed(seen)).written());
        let (form, wrong) = Stored(parsed(now)).meets(&sent)?;
        let fields = form.iter().filter(|(name, _)| *name != "seen").map(|(name, value)| format!("{name}={value}"));
        Some((fields.collect::<Vec<_>>().join("&"), wrong.problems().iter().map(|one| one.text.clone()).collect()))
    }

    #[test]
    fn what_was_changed_elsewhere_is_never_overwritten_unseen() {
        for (typed, seen, now) in [
            ("a=1&b=2", "a=1&b=2", "a=1&b=2"),
            ("a=9&b=2", "a=1&b=2", "a=1&b=2"),
            ("a=9", "a=1", "a=9"),
            ("a=1&r.0.n=x&r.1.n=", "a=1&r.0.n=x", "a=1&r.0.n=x&r.1.n="),
        ] {
            assert_eq!(outcome(typed, seen, now), None, "{typed} {seen} {now}");
        }
        for (typed, seen, now, expected, said) in [
            // Untouched here: what is stored now is taken over.
            ("iban=old&b=3", "iban=old&b=2", "iban=new&b=2", "b=3&iban=new", "IBAN was changed to “new” in another"),
            // Changed in both: what was typed stays.
            ("a=9", "a=1", "a=2", "a=9", "This was changed to “2” in another window. Save again to replace that."),
            ("t=yes", "t=yes", "t=", "t=", "This was unticked in another window. That stands here now"),
            ("do=save", "t=", "t=yes", "do=save&t=yes", "This was ticked in another window."),
            // A row that was added elsewhere is not thrown away.
            ("r.0.n=x&r.0.p=1", "r.0.n=x&r.0.p=1", "r.0.n=x&r.0.p=2", "r.0.n=x&r.0.p=2", "changed to “x, 2”"),
            // Whoever has seen nothing overwrites nothing.
            ("a=9", "", "a=2", "a=9", "changed to “2”"),
            ("a=9", "a=1", "a=", "a=9", "This was emptied in another window. Save again to replace that."),
        ] {
            let (fields, words) = outcome(typed, seen, now).unwrap();
            assert_eq!(fields, expected, "{typed} {seen} {now}");
            assert!(words.contains(said), "{words}");
        }
    }
}
