//! Renders every page with sample data, to be looked at and to be checked.

use super::samples;
use std::path::Path;

/// Writes all pages and the assets into a folder, to be served and looked at:
/// `cargo test gallery -- --ignored`, then any file server in the folder that it prints.
#[test]
#[ignore = "for looking at the pages"]
fn write_gallery() {
    let out = std::env::temp_dir().join("quittance-gallery");
    let assets = out.join("a/dev");
    std::fs::create_dir_all(&assets).unwrap();
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), assets.join(file.file_name())).unwrap();
    }
    for page in samples::all() {
        std::fs::write(out.join(format!("{}.html", page.name)), page.html).unwrap();
    }
    eprintln!("{}", out.display());
}
