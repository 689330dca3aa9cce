//! Which languages there are, as far as somebody may be written to in one, and which of them we speak.

use super::party::LANGUAGE_CHARS_MAX;

/// ISO 639-1, and of ISO 639-3 those without a code of two letters that businesses are addressed in.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
                         dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id \
                         ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt \
                         lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps \
                         pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn \
                         to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ast ckb cmn dsb fil frr fur gsw haw \
                         hsb kab lld nds rom sma smj smn sms yue";

/// A language that customers are written to in: its words are in `words/TAG.ftl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    #[default]
    English,
    German,
    French,
    Spanish,
    Italian,
    Dutch,
    Japanese,
    Arabic,
}

impl Language {
    /// In the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Italian,
        Self::Dutch,
        Self::Japanese,
        Self::Arabic,
    ];

    /// The language of a BCP 47 tag, whatever its region: `de-AT` is German. `None` if we do not speak it.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        let base = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(base))
    }

    /// Its BCP 47 tag: `de`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Italian => "it",
            Self::Dutch => "nl",
            Self::Japanese => "ja",
            Self::Arabic => "ar",
        }
    }

    /// Its name for those who read it.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
            Self::Italian => "Italiano",
            Self::Dutch => "Nederlands",
            Self::Japanese => "日本語",
            Self::Arabic => "العربية",
        }
    }

    #[must_use]
    pub const fn is_right_to_left(self) -> bool {
        matches!(self, Self::Arabic)
    }
}

/// A BCP 47 tag of a language that exists, with subtags of up to eight letters and digits.
#[must_use]
pub fn is_language_tag(tag: &str) -> bool {
    let mut subtags = tag.split('-');
    let is_language = |text: &str| LANGUAGES.split_ascii_whitespace().any(|known| known.eq_ignore_ascii_case(text));
    let is_subtag = |text: &str| (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    tag.len() <= LANGUAGE_CHARS_MAX && subtags.next().is_some_and(is_language) && subtags.all(is_subtag)
}

#[cfg(test)]
mod tests {
    use super::{Language, is_language_tag};

    #[test]
    fn a_region_does_not_change_the_language_and_what_we_do_not_speak_is_none() {
        for (tag, expected) in [
            ("de", Some(Language::German)),
            ("DE-at", Some(Language::German)),
            ("en-US", Some(Language::English)),
            ("ar-EG", Some(Language::Arabic)),
            ("pl", None),
            ("d", None),
            ("", None),
        ] {
            assert_eq!(Language::of(tag), expected, "{tag}");
        }
        for language in Language::ALL {
            assert!(is_language_tag(language.tag()) && Language::of(language.tag()) == Some(language));
        }
    }

    #[test]
    fn only_languages_that_exist_are_taken() {
        for tag in ["en", "de", "DE-at", "pt-BR", "zh-Hant-TW", "nb", "gsw-CH", "ja", "ar"] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for tag in ["", "xx", "qq-DE", "german", "de_DE", "de-", "-de", "e", "en en"] {
            assert!(!is_language_tag(tag), "{tag}");
        }
    }
}
