//! Every language says everything, with everything that belongs into it; and numbers and dates are CLDR's, word for word.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fluent_bundle::FluentResource;
use jiff::civil::date;

use super::{Language, Words, file_of, messages, numbers::Numbers};
use crate::billing::currency::Currency;
use crate::billing::money::Money;
use crate::billing::quantity::{Quantity, TaxRate, UnitPrice};

/// Each message of a file and the arguments that it names. Fluent's own reader has checked the syntax before.
fn messages_of(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut last = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" = ").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase())) {
            name.clone_into(&mut last);
            assert!(found.insert(last.clone(), BTreeSet::new()).is_none(), "{last} is said twice");
        }
        let named = line.split('$').skip(1).map(|rest| rest.split([' ', '}']).next().unwrap().to_owned());
        found.entry(last.clone()).or_default().extend(named);
    }
    found.remove("");
    found
}

#[test]
fn every_language_has_every_message_with_every_argument_and_no_other() {
    for language in Language::ALL {
        let tag = language.tag();
        let source = file_of(language).to_owned();
        assert!(
            FluentResource::try_new(source.clone()).is_ok(),
            "{tag}: {:?}",
            FluentResource::try_new(source.clone())
        );
        let said = messages_of(&source);
        for (name, arguments) in messages::ALL {
            let expected: BTreeSet<String> = arguments.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(said.get(*name), Some(&expected), "{tag}: {name}");
        }
        let asked: BTreeSet<&str> = messages::ALL.iter().map(|(name, _)| *name).collect();
        let unasked: Vec<_> = said.keys().filter(|name| !asked.contains(name.as_str())).collect();
        assert!(unasked.is_empty(), "{tag}: nobody asks for {unasked:?}");
    }
}

/// A message that a file lacks would be said in English, and one that does not work by its name.
#[test]
fn nothing_is_said_in_english_to_readers_of_another_language() {
    for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
        let (own, english) = (Words::of(language.tag()), Words::default());
        // Words that are the same in both, as they happen to be.
        let same = messages::ALL.iter().filter(|(name, arguments)| {
            let given: Vec<_> = arguments.iter().map(|&name| (name, super::Argument::Text("x"))).collect();
            own.say(name, &given).replace(['\u{2068}', '\u{2069}'], "") == english.say(name, &given)
        });
        let same: Vec<&str> = same.map(|(name, _)| *name).collect();
        for name in &same {
            let text = english.say(name, &[]);
            assert!(text.split(' ').count() < 3 || arguments_only(name), "{}: {name} is English", language.tag());
        }
        assert!(same.len() < 25, "{}: {same:?}", language.tag());
    }
}

/// Messages that hold nothing but what is put into them.
fn arguments_only(name: &str) -> bool {
    ["fact", "lead", "card_ending", "on", "number", "part_due", "title_from"].contains(&name)
}

/// Every form that a language counts in is there, and the count stands in it as its readers write it.
#[test]
fn counts_are_counted_as_the_language_does() {
    for (tag, count, expected) in [
        ("en", 1, "Due X, in 1 day"),
        ("en", 3, "Due X, in 3 days"),
        ("de", 1, "Fällig am X, in 1 Tag"),
        ("de", 3, "Fällig am X, in 3 Tagen"),
        ("fr", 3, "À payer le X, dans 3 jours"),
        ("es", 3, "Vence el X, dentro de 3 días"),
        ("it", 3, "Scadenza: X, tra 3 giorni"),
        ("nl", 3, "Te betalen op X, over 3 dagen"),
        ("ja", 3, "お支払期限：X（あと3日）"),
        ("ar", 2, "تاريخ الاستحقاق X، بعد يومين"),
        ("ar", 3, "تاريخ الاستحقاق X، بعد 3 أيام"),
        ("ar", 14, "تاريخ الاستحقاق X، بعد 14 يومًا"),
        ("ar-EG", 14, "تاريخ الاستحقاق X، بعد ١٤ يومًا"),
    ] {
        let said = Words::of(tag).due_in("X", count).replace(['\u{2068}', '\u{2069}'], "");
        assert_eq!(said, expected, "{tag}");
    }
}

#[test]
fn what_is_put_into_a_sentence_from_right_to_left_keeps_its_own_direction() {
    assert_eq!(Words::of("ar").invoice_title("2026-0001"), "الفاتورة رقم \u{2068}2026-0001\u{2069}");
    assert_eq!(Words::of("de").invoice_title("2026-0001"), "Rechnung 2026-0001");
    assert_eq!(Words::of("ar").typed("20259 Hamburg"), "\u{2068}20259 Hamburg\u{2069}");
    assert_eq!(
        (Words::of("de").typed("20259 Hamburg").as_str(), Words::of("ar").typed("").as_str()),
        ("20259 Hamburg", "")
    );
    assert_eq!((Words::of("ar-EG").dir(), Words::of("ja").dir()), ("rtl", "ltr"));
}

#[test]
fn a_reader_is_addressed_in_what_they_chose_else_in_the_first_language_that_we_speak() {
    let lang = |chosen, tags: &[&str]| Words::for_reader(chosen, tags).lang();
    assert_eq!(lang(None, &["fr", "de"]), "fr");
    assert_eq!(lang(None, &["", "de"]), "de");
    assert_eq!(lang(None, &["pl", "de-CH"]), "de");
    assert_eq!(lang(None, &["pl", "sv"]), "en");
    assert_eq!(lang(Some(Language::Arabic), &["fr", "de"]), "ar");
    let swiss = Words::for_reader(Some(Language::German), &["fr", "de-CH"]);
    assert_eq!(swiss.money(Money::new(904_400, Currency::EUR).unwrap()), "€\u{a0}9’044.00", "a region is kept");
}

#[test]
fn amounts_are_cldrs() {
    for (minor, code, tag, expected) in [
        (904_400, "EUR", "en", "€9,044.00"),
        (904_400, "EUR", "en-US", "€9,044.00"),
        (904_400, "EUR", "de", "9.044,00\u{a0}€"),
        (904_400, "EUR", "de-AT", "€\u{a0}9.044,00"),
        (904_400, "EUR", "de-CH", "€\u{a0}9’044.00"),
        (904_400, "CHF", "de", "CHF\u{a0}9’044.00"),
        (904_400, "CHF", "en-GB", "CHF\u{a0}9,044.00"),
        (904_400, "EUR", "fr", "9\u{202f}044,00\u{a0}€"),
        (904_400, "USD", "fr", "9\u{202f}044,00\u{a0}$US"),
        (904_400, "CAD", "fr-CA", "9\u{a0}044,00\u{a0}CAD"),
        (904_400, "EUR", "es", "9044,00\u{a0}€"),
        (1_904_400, "EUR", "es", "19.044,00\u{a0}€"),
        (904_400, "MXN", "es-MX", "MXN\u{a0}9,044.00"),
        (1_904_400, "EUR", "it", "19.044,00\u{a0}€"),
        (904_400, "EUR", "nl", "€\u{a0}9.044,00"),
        (-500, "EUR", "nl", "€\u{a0}−5,00"),
        (904_400, "EUR", "ja", "€9,044.00"),
        (500_000, "JPY", "ja", "￥500,000"),
        (904_400, "CHF", "ja", "CHF\u{a0}9,044.00"),
        (904_400, "EUR", "ar", "\u{200f}9,044.00\u{a0}€"),
        (904_400, "SAR", "ar-SA", "\u{200f}٩٬٠٤٤٫٠٠\u{a0}ر.س.\u{200f}"),
        (-500, "EGP", "ar-EG", "\u{200f}\u{61c}-٥٫٠٠\u{a0}ج.م.\u{200f}"),
        (904_400, "MAD", "ar-MA", "\u{200f}9.044,00\u{a0}د.م.\u{200f}"),
        (12_345, "KWD", "de", "12,345\u{a0}KWD"),
        (12_345, "KWD", "en", "KWD\u{a0}12.345"),
        (5_000, "ISK", "de", "5.000\u{a0}ISK"),
        (-500, "EUR", "de", "−5,00\u{a0}€"),
        (-123_450, "USD", "en", "−$1,234.50"),
        (904_400, "USD", "zh-Hant-TW", "$9,044.00"),
        (904_400, "EUR", "sv", "9\u{202f}044,00\u{a0}€"),
        (500, "JPY", "", "¥500"),
    ] {
        let money = Money::new(minor, Currency::parse(code).unwrap()).unwrap();
        assert_eq!(Numbers::of(tag).money(money), expected, "{code} {tag}");
    }
}

#[test]
fn dates_are_cldrs() {
    let day = date(2026, 12, 6);
    for (tag, long, short) in [
        ("en", "6 December 2026", "6 Dec 2026"),
        ("en-US", "December 6, 2026", "Dec 6, 2026"),
        ("de", "6. Dezember 2026", "6. Dez. 2026"),
        ("fr", "6 décembre 2026", "6 déc. 2026"),
        ("es", "6 de diciembre de 2026", "6 dic 2026"),
        ("it", "6 dicembre 2026", "6 dic 2026"),
        ("nl", "6 december 2026", "6 dec 2026"),
        ("ja", "2026年12月6日", "2026年12月6日"),
        ("ar", "6 ديسمبر 2026", "6 ديسمبر 2026"),
        ("ar-EG", "٦ ديسمبر ٢٠٢٦", "٦ ديسمبر ٢٠٢٦"),
    ] {
        let t = Words::of(tag);
        assert_eq!((t.date(day).as_str(), t.short_date(day).as_str()), (long, short), "{tag}");
    }
}

#[test]
fn prices_quantities_and_rates_are_exact_and_have_no_noise() {
    let price = |text, tag| Words::of(tag).unit_price(UnitPrice::parse(text).unwrap(), Currency::EUR);
    assert_eq!(price("80.00", "en"), "€80.00");
    assert_eq!(price("80", "de"), "80,00\u{a0}€");
    assert_eq!(price("0.1234", "de"), "0,1234\u{a0}€");
    assert_eq!(price("1234.5678", "en"), "€1,234.5678");
    let quantity = |text, unit, tag| Words::of(tag).quantity_of(Quantity::parse(text).unwrap(), unit);
    assert_eq!(quantity("12500.25", "kg", "de"), "12.500,25\u{a0}kg");
    assert_eq!(quantity("-1.5", "", "de"), "−1,5");
    let rate = |text, tag| Words::of(tag).rate(TaxRate::parse(text).unwrap());
    for (tag, expected) in
        [("en", "5.5\u{a0}%"), ("fr", "5,5\u{a0}%"), ("it", "5,5%"), ("ja", "5.5%"), ("ar-EG", "٥٫٥٪\u{61c}")]
    {
        assert_eq!(rate("5.50", tag), expected, "{tag}");
    }
}

#[test]
fn what_is_due_is_said_relative_to_today_and_a_wait_is_rounded_up() {
    let (today, t) = (date(2026, 12, 6), Words::default());
    for (day, expected) in [
        (date(2026, 12, 9), "Due 9 December 2026, in 3 days"),
        (date(2026, 12, 7), "Due tomorrow, 7 December 2026"),
        (today, "Due today, 6 December 2026"),
        (date(2026, 12, 5), "Was due 5 December 2026"),
    ] {
        assert_eq!(t.due_on_day(day, today), expected);
    }
    for (seconds, expected) in [(1, "in a minute"), (61, "in about 2 minutes"), (7200, "in about an hour")] {
        assert_eq!(t.again(Duration::from_secs(seconds)), expected);
    }
}

#[test]
fn what_is_typed_in_other_digits_is_read() {
    let typed = |text, tag, code| Numbers::of(tag).typed(text, Currency::parse(code).unwrap());
    assert_eq!(typed("١٬٢٣٤٫٥٠", "ar-EG", "EGP"), "1,234.50");
    assert_eq!(typed("１２３４", "ja", "JPY"), "1234");
    assert_eq!(typed("\u{200f}5.00 ر.س.\u{200f}", "ar", "SAR"), "5.00 SAR");
    assert_eq!(typed("5,00 $US", "fr", "USD"), "5,00 USD");
}
