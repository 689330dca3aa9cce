//! Which languages there are, as far as somebody may be written to in one.

use super::party::LANGUAGE_CHARS_MAX;

/// ISO 639-1, and of ISO 639-3 those without a code of two letters that businesses are addressed in.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
                         dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id \
                         ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt \
                         lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps \
                         pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn \
                         to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ast ckb cmn dsb fil frr fur gsw haw \
                         hsb kab lld nds rom sma smj smn sms yue";

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
    use super::is_language_tag;

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
