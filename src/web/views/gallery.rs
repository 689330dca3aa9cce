//! Renders every page with sample data, to be looked at, and checks what must hold on all of them.

use super::samples::{self, Page};
use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes all pages and the assets into a folder, to be served and looked at:
/// `cargo test gallery -- --ignored --nocapture`, then any file server in the folder that it prints.
#[test]
#[ignore = "for looking at the pages"]
fn write_gallery() {
    let out = std::env::temp_dir().join("quittance-gallery");
    let names = [
        "app.css",
        "editor.css",
        "entry.css",
        "public.css",
        "admin.js",
        "credit.js",
        "editor.js",
        "public.js",
        "favicon.svg",
    ];
    for name in names {
        let place = out.join(crate::web::views::asset(name).trim_start_matches('/'));
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, crate::web::assets::bytes_of(name)).unwrap();
    }
    for page in samples::all() {
        std::fs::write(out.join(format!("{}.html", page.name)), page.html).unwrap();
    }
    eprintln!("{}", out.display());
}

/// The headers allow no inline style, no inline script and no handler attribute: one would silently do nothing.
#[test]
fn nothing_is_inline() {
    for Page { name, html } in samples::all() {
        for tag in tags(&html) {
            assert!(!tag.starts_with("<style"), "{name}: {tag}");
            assert!(!tag.starts_with("<script") || tag.contains(" src="), "{name}: {tag}");
            let handler = attributes(tag).find(|(key, _)| *key == "style" || key.starts_with("on"));
            assert!(handler.is_none(), "{name}: {tag}");
        }
    }
}

#[test]
fn each_page_has_one_heading_and_one_main() {
    for Page { name, html } in samples::all() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}: headings");
        assert_eq!(html.matches("<main").count(), 1, "{name}: main");
        assert!(!html.contains("<title></title>") && !html.contains("<title> "), "{name}: title");
    }
}

/// Labels, descriptions, summaries of problems and controls refer to one element that is there.
#[test]
fn references_resolve() {
    for Page { name, html } in samples::all() {
        let all = || tags(&html).flat_map(attributes);
        let ids: Vec<&str> = all().filter(|(key, _)| *key == "id").map(|(_, value)| value).collect();
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "{name}: an id is used twice");
        for (key, value) in all() {
            let targets = match key {
                "for" | "aria-describedby" | "aria-labelledby" | "popovertarget" | "data-reveal" => value,
                "href" if value.starts_with('#') => &value[1..],
                _ => continue,
            };
            let all_known = targets.split_whitespace().all(|target| known.contains(target));
            assert!(all_known, "{name}: {key}={value} refers to nothing");
        }
    }
}

#[test]
fn every_control_has_a_name() {
    for Page { name, html } in samples::all() {
        let labels: HashSet<&str> =
            tags(&html).flat_map(attributes).filter(|(key, _)| *key == "for").map(|(_, value)| value).collect();
        for tag in tags(&html).filter(|tag| ["<input", "<select", "<textarea"].iter().any(|t| tag.starts_with(t))) {
            let value = |wanted| attributes(tag).find(|(key, _)| *key == wanted).map(|(_, value)| value);
            let labelled = value("id").is_some_and(|id| labels.contains(id)) || value("aria-label").is_some();
            assert!(labelled || value("type") == Some("hidden"), "{name}: {tag}");
        }
    }
}

/// What is typed stays on this server: the header `form-action` would stop anything else without a word.
#[test]
fn forms_post_to_this_site() {
    for Page { name, html } in samples::all() {
        for form in tags(&html).filter(|tag| tag.starts_with("<form") && tag.contains("method=\"post\"")) {
            assert!(form.contains(" action=\"/") && !form.contains(" action=\"//"), "{name}: {form}");
        }
    }
}

/// Short, warm, exact.
#[test]
fn words_are_calm() {
    for Page { name, html } in samples::all() {
        let text: String = html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
        assert!(!text.contains('!'), "{name}: an exclamation mark");
        for word in ["oops", "Oops", "Please note", "successfully", "Invalid"] {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn every_class_is_styled() {
    let css: String = ["public.css", "app.css", "editor.css", "entry.css"].map(read).concat();
    let styled: HashSet<&str> = css
        .split('.')
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default())
        .collect();
    // These change nothing by themselves and are read by rules of the element around them.
    let silent = ["plain", "invoices"];
    for Page { name, html } in samples::all() {
        for (_, value) in tags(&html).flat_map(attributes).filter(|(key, _)| *key == "class") {
            for class in value.split_whitespace() {
                assert!(styled.contains(class) || silent.contains(&class), "{name}: .{class} has no style");
            }
        }
    }
}

/// What goes over the wire, compressed as any server does it.
#[test]
fn pages_stay_light() {
    let size = |bytes: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap().len()
    };
    let sent = |name: &str| size(&crate::web::assets::bytes_of(name));
    let shared = sent("public.css") + sent("public.js") + sent("favicon.svg");
    for Page { name, html } in samples::all().iter().filter(|page| page.name.starts_with("public-")) {
        let total = size(html.as_bytes()) + shared;
        assert!(total <= 10_000, "{name}: {total} bytes");
        // The page, and what its head names.
        assert!(html.matches("\"/a/").count() < 4, "{name}: requests");
    }
    // One sheet for all of the owner's pages, the public rules included; kept for a year. Two pages have one more.
    let styles = sent("app.css");
    assert!(styles <= 8_320, "{styles} bytes of style");
    assert!(["admin.js", "editor.js", "public.js"].into_iter().map(sent).sum::<usize>() <= 12_000);
}

/// Pages and mails for customers are in eight languages: their templates hold no word of any.
#[test]
fn templates_for_customers_have_no_words_of_their_own() {
    let folder = |name: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(name);
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let is_the_owners = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("owner") || name.starts_with("test.")
    };
    let parts = ["paper", "transfer", "seller_foot", "test_mode"];
    let parts =
        parts.map(|name| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("templates/parts/{name}.html")));
    let mut looked_at = 0;
    for path in folder("public").into_iter().chain(folder("mail")).chain(parts).filter(|path| !is_the_owners(path)) {
        let mut text = std::fs::read_to_string(&path).unwrap();
        for (opening, closing) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}"), ("<style", "</style>")] {
            while let Some((before, after)) = text.split_once(opening) {
                text = format!("{before}{}", after.split_once(closing).map_or("", |(_, rest)| rest));
            }
        }
        for attribute in ["aria-label=\"", "alt=\"", "title=\""] {
            let named = text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
            assert!(named.into_iter().all(|value| value.trim().is_empty()), "{}: {attribute}", path.display());
        }
        let shown: String = if path.extension().is_some_and(|ending| ending == "html") {
            text.split('<').filter_map(|part| part.split_once('>')).map(|(_, shown)| shown).collect()
        } else {
            text
        };
        let shown = shown.replace("IBAN", "").replace("BIC", "");
        assert!(!shown.contains(char::is_alphabetic), "{}: {}", path.display(), shown.trim());
        looked_at += 1;
    }
    assert!(looked_at > 30, "{looked_at}");
}

#[test]
fn what_people_type_is_escaped() {
    let mut page = samples::invoice();
    page.paper.seller.name = "<script>alert(1)</script>".into();
    page.paper.notes = vec!["\"><img src=x onerror=alert(1)>".into()];
    page.paper.lines[0].description = "' onmouseover='alert(1)".into();
    let html = askama::Template::render(&page).unwrap();
    assert!(!html.contains("<script>alert") && !html.contains("<img") && !html.contains("' onmouseover"), "{html}");
}

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(asset(name)).unwrap()
}

/// The opening tags, from `<` to before `>`.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.match_indices('<').filter_map(|(at, _)| {
        let tag = &html[at..];
        let opens = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        opens.then(|| tag.split('>').next().unwrap_or(tag))
    })
}

/// `key="value"` pairs of one tag.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    tag.split('"').collect::<Vec<_>>().chunks(2).filter_map(|pair| pair_of(pair)).collect::<Vec<_>>().into_iter()
}

fn pair_of<'a>(pair: &[&'a str]) -> Option<(&'a str, &'a str)> {
    let [before, value] = pair else { return None };
    let key = before.strip_suffix('=')?.rsplit(char::is_whitespace).next()?;
    Some((key, value))
}
