//! The lists that forms offer: currencies, countries, languages, time zones, ways of paying.

use crate::billing::currency::Currency;
use crate::billing::party::countries;
use crate::billing::payment::Method;
use crate::web::views::parts::Choice;

/// Offered first, because most invoices are in one of them.
const COMMON_CURRENCIES: [Currency; 5] = [Currency::EUR, Currency::USD, Currency::GBP, Currency::CHF, Currency::CAD];

/// How amounts and dates are written, by language.
const LANGUAGES: [(&str, &str, &str); 16] = [
    ("en", "English", "1,234.56"),
    ("de", "German", "1.234,56"),
    ("de-CH", "German (Switzerland)", "1’234.56"),
    ("fr", "French", "1 234,56"),
    ("es", "Spanish", "1234,56"),
    ("it", "Italian", "1.234,56"),
    ("nl", "Dutch", "1.234,56"),
    ("ja", "Japanese", "1,234.56"),
    ("ar", "Arabic", "1,234.56"),
    ("pt", "Portuguese", "1.234,56"),
    ("pl", "Polish", "1 234,56"),
    ("cs", "Czech", "1 234,56"),
    ("da", "Danish", "1.234,56"),
    ("sv", "Swedish", "1 234,56"),
    ("nb", "Norwegian", "1 234,56"),
    ("fi", "Finnish", "1 234,56"),
];

/// Currencies, the common ones first.
pub fn currencies(chosen: &str) -> Vec<Choice> {
    let rest = Currency::all().into_iter().filter(|currency| !COMMON_CURRENCIES.contains(currency));
    let all = COMMON_CURRENCIES.into_iter().chain(rest);
    all.map(|currency| {
        let text = format!("{} – {}", currency.code(), currency.name());
        Choice::new(currency.code(), text, currency.code() == chosen)
    })
    .collect()
}

/// Countries by name, and none.
pub fn country_choices(chosen: &str) -> Vec<Choice> {
    let none = Choice::new("", "Choose a country", chosen.is_empty());
    let known = countries().into_iter().map(|(code, name)| {
        let is_chosen = code == chosen;
        Choice::new(code, name, is_chosen)
    });
    std::iter::once(none).chain(known).collect()
}

/// Languages with an example of how they write numbers; one that is in use and not listed is kept.
pub fn languages(chosen: &str) -> Vec<Choice> {
    let known =
        LANGUAGES.iter().map(|(tag, name, example)| Choice::new(*tag, format!("{name} ({example})"), *tag == chosen));
    with_chosen(known.collect(), chosen)
}

/// A customer's language: the business's own, or another.
pub fn customer_languages(chosen: &str) -> Vec<Choice> {
    let own = Choice::new("", "Same as yours", chosen.is_empty());
    let known = LANGUAGES.iter().map(|(tag, name, _)| Choice::new(*tag, *name, *tag == chosen));
    with_chosen(std::iter::once(own).chain(known).collect(), chosen)
}

/// The name of a language, for reading.
pub fn language_name(tag: &str) -> String {
    if tag.is_empty() {
        return "Same as yours".to_owned();
    }
    LANGUAGES
        .iter()
        .find(|(known, _, _)| *known == tag)
        .map_or_else(|| tag.to_owned(), |(_, name, _)| (*name).to_owned())
}

/// Time zones by name.
pub fn time_zones(chosen: &str) -> Vec<Choice> {
    let names = jiff::tz::db().available().map(|name| name.to_string());
    // Old names without a continent (`Cuba`, `EST5EDT`) only make the list longer.
    let mut names: Vec<String> = names.filter(|name| name.contains('/') && !name.starts_with("Etc/")).collect();
    names.push("UTC".to_owned());
    names.sort_unstable();
    let known = names.into_iter().map(|name| {
        let is_chosen = name == chosen;
        Choice::new(name.clone(), name.replace('_', " "), is_chosen)
    });
    with_chosen(known.collect(), chosen)
}

fn with_chosen(mut choices: Vec<Choice>, chosen: &str) -> Vec<Choice> {
    if !chosen.is_empty() && !choices.iter().any(|choice| choice.selected) {
        choices.push(Choice::new(chosen, chosen, true));
    }
    choices
}

/// How money comes and goes that Stripe has nothing to do with, as it is called in forms.
const METHODS: [(&str, &str); 4] =
    [("bank_transfer", "Bank transfer"), ("cash", "Cash"), ("check", "Check"), ("other", "Something else")];

/// What a form about such money begins with.
pub const USUAL_METHOD: &str = METHODS[0].0;

pub fn methods(chosen: &str) -> Vec<Choice> {
    METHODS.iter().map(|(name, text)| Choice::new(*name, *text, *name == chosen)).collect()
}

pub fn method_of(name: &str) -> Option<Method> {
    Some(match name {
        "bank_transfer" => Method::BankTransfer,
        "cash" => Method::Cash,
        "check" => Method::Check,
        "other" => Method::Other,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(choices: &[Choice]) -> Vec<&str> {
        choices.iter().filter(|choice| choice.selected).map(|choice| choice.value.as_str()).collect()
    }

    #[test]
    fn every_list_has_exactly_what_is_in_use_chosen() {
        assert_eq!(chosen(&currencies("JPY")), ["JPY"]);
        assert_eq!(chosen(&country_choices("DE")), ["DE"]);
        assert_eq!(chosen(&country_choices("")), [""]);
        assert_eq!(chosen(&languages("pt-BR")), ["pt-BR"], "one that is not listed is kept");
        assert_eq!(chosen(&time_zones("Europe/Berlin")), ["Europe/Berlin"]);
        assert_eq!(chosen(&time_zones("UTC")), ["UTC"]);
        assert!(country_choices("").len() > 200 && time_zones("UTC").len() > 300);
    }
}
