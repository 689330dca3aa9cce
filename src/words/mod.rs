//! What payers read, in their language: every sentence of the public pages and of the mails to customers, and how numbers,
//! amounts and dates are written in it.
//!
//! The sentences of a language are one file, `TAG.ftl` (Fluent), which this room alone reads. Each is a method of
//! [`Words`] with its arguments by name (`messages.rs`): a template that asks for a sentence that there is not, or forgets
//! an argument, does not compile, and a test compares the methods with every file. How numbers and dates are written is
//! CLDR's, in tables of our own (`numbers.rs`, `dates.rs`). Pure, like `billing`: no store, no clock, no settings.
//!
//! A further language is a file, a variant of [`Language`], and its rows in the two tables.

mod dates;
mod messages;
pub mod numbers;
mod trade;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests;

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::billing::language::Language;
use crate::billing::party::Party;
use crate::billing::settings::Settings;
use numbers::Numbers;

type Bundle = FluentBundle<FluentResource>;

/// The words of one language, and how its readers in one region write numbers and dates. Small, and copied freely.
#[derive(Clone, Copy)]
pub struct Words {
    language: Language,
    /// Whether the month comes first, as in the United States.
    month_first: bool,
    numbers: Numbers,
}

impl Default for Words {
    /// English.
    fn default() -> Self {
        Self::of("en")
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.lang())
    }
}

impl Words {
    /// The words of a BCP 47 tag; English where we do not speak it, with the numbers of its readers.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        let language = Language::of(tag).unwrap_or_default();
        Self { language, month_first: tag.eq_ignore_ascii_case("en-US"), numbers: Numbers::of(tag) }
    }

    /// English words with the numbers of `tag`: how the owner's pages are written.
    #[must_use]
    pub fn for_owner(tag: &str) -> Self {
        Self { numbers: Numbers::of(tag), ..Self::of(if tag.eq_ignore_ascii_case("en-US") { tag } else { "en" }) }
    }

    /// The words that somebody is addressed in: those that they `chose`, else the first of `tags` that we speak, else
    /// English. A tag of the chosen language says from which region.
    #[must_use]
    pub fn for_reader(chosen: Option<Language>, tags: &[&str]) -> Self {
        let spoken = |tag: &&&str| {
            let language = Language::of(tag);
            language.is_some() && (chosen.is_none() || chosen == language)
        };
        match (tags.iter().find(spoken), chosen) {
            (Some(tag), _) => Self::of(tag),
            (None, Some(chosen)) => Self::of(chosen.tag()),
            (None, None) => Self::default(),
        }
    }

    /// The words that a customer is addressed in: their own if we speak them, else the business's.
    #[must_use]
    pub fn for_customer(customer: &Party, settings: &Settings) -> Self {
        Self::for_reader(None, &[&customer.language, &settings.language])
    }

    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// For the `lang` attribute.
    #[must_use]
    pub fn lang(&self) -> &'static str {
        self.language.tag()
    }

    /// For the `dir` attribute.
    #[must_use]
    pub fn dir(&self) -> &'static str {
        if self.is_right_to_left() { "rtl" } else { "ltr" }
    }

    #[must_use]
    pub fn is_right_to_left(&self) -> bool {
        self.language.is_right_to_left()
    }

    /// What somebody typed, in whatever language: between letters from right to left it keeps its own direction.
    #[must_use]
    pub fn typed(&self, text: &str) -> String {
        if self.is_right_to_left() && !text.is_empty() { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
    }

    /// How numbers and amounts are written.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// The sentence `name`. What a file lacks is said in English; that none does, a test shows.
    fn say(&self, name: &str, arguments: &[(&'static str, Argument<'_>)]) -> String {
        let given: FluentArgs = arguments.iter().map(|(key, value)| (*key, value.fluent())).collect();
        said(bundle_of(self.language), name, &given)
            .or_else(|| said(bundle_of(Language::English), name, &given))
            .unwrap_or_else(|| name.to_owned())
    }
}

/// What stands in a sentence.
enum Argument<'a> {
    /// Written out: an amount, a date, a name.
    Text(&'a str),
    /// Decides the plural. `$n` beside it is how it is written.
    Count(u32),
}

impl Argument<'_> {
    fn fluent(&self) -> FluentValue<'_> {
        match self {
            Self::Text(text) => FluentValue::from(*text),
            Self::Count(count) => FluentValue::from(*count),
        }
    }
}

fn said(bundle: &Bundle, name: &str, arguments: &FluentArgs<'_>) -> Option<String> {
    let pattern = bundle.get_message(name)?.value()?;
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(arguments), &mut errors).into_owned();
    errors.is_empty().then_some(text)
}

/// The file of a language.
const fn file_of(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("en.ftl"),
        Language::German => include_str!("de.ftl"),
        Language::French => include_str!("fr.ftl"),
        Language::Spanish => include_str!("es.ftl"),
        Language::Italian => include_str!("it.ftl"),
        Language::Dutch => include_str!("nl.ftl"),
        Language::Japanese => include_str!("ja.ftl"),
        Language::Arabic => include_str!("ar.ftl"),
    }
}

/// Each file is read once, when its language is first asked for.
fn bundle_of(language: Language) -> &'static Bundle {
    static BUNDLES: [LazyLock<Bundle>; Language::ALL.len()] = [
        LazyLock::new(|| read(Language::English)),
        LazyLock::new(|| read(Language::German)),
        LazyLock::new(|| read(Language::French)),
        LazyLock::new(|| read(Language::Spanish)),
        LazyLock::new(|| read(Language::Italian)),
        LazyLock::new(|| read(Language::Dutch)),
        LazyLock::new(|| read(Language::Japanese)),
        LazyLock::new(|| read(Language::Arabic)),
    ];
    let [english, german, french, spanish, italian, dutch, japanese, arabic] = &BUNDLES;
    match language {
        Language::English => english,
        Language::German => german,
        Language::French => french,
        Language::Spanish => spanish,
        Language::Italian => italian,
        Language::Dutch => dutch,
        Language::Japanese => japanese,
        Language::Arabic => arabic,
    }
}

/// What does not parse is left out; a test reads every file strictly.
fn read(language: Language) -> Bundle {
    let identifier = LanguageIdentifier::from_bytes(language.tag().as_bytes()).unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![identifier]);
    // Between letters from right to left, what was inserted keeps its own direction.
    bundle.set_use_isolating(language.is_right_to_left());
    let resource = FluentResource::try_new(file_of(language).to_owned()).unwrap_or_else(|(read, _)| read);
    bundle.add_resource_overriding(resource);
    bundle
}
