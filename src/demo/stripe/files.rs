//! Files: what is given as evidence. Only what is known about a file is kept, never its content.

use serde_json::{Value, json};

use super::params::Params;
use super::refusal::Refusal;
use super::state::State;

/// "Files must be smaller than 5 MB" for evidence.
const BYTES_MAX: usize = 5_000_000;
/// Purpose and file; a file link is not played.
const PARTS_MAX: usize = 8;

/// What a multipart body says, as the parameters of a call: a file is its name, its size and how it begins.
pub(super) fn params(content_type: &str, body: &[u8]) -> Result<Params, Refusal> {
    let boundary = content_type.split("boundary=").nth(1).map(|text| text.trim_matches('"')).unwrap_or_default();
    if boundary.is_empty() {
        return Err(Refusal::invalid("Invalid multipart body: no boundary."));
    }
    let mut params = Params::empty();
    for part in parts(body, format!("--{boundary}").as_bytes()).into_iter().take(PARTS_MAX) {
        let Some((head, content)) = split(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(head);
        let quoted = |name: &str| head.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
        let Some(name) = quoted(" name") else { continue };
        match quoted("filename") {
            Some(file) => {
                params.put(&format!("{name}[name]"), file)?;
                params.put(&format!("{name}[size]"), &content.len().to_string())?;
                params.put(&format!("{name}[type]"), kind(content))?;
            }
            None => params.put(name, &String::from_utf8_lossy(content))?,
        }
    }
    Ok(params)
}

/// `POST /v1/files`.
pub(super) fn create(state: &mut State, params: &Params) -> Result<Value, Refusal> {
    params.only(&["purpose", "file[name]", "file[size]", "file[type]", "expand[]"])?;
    let purpose = params.choice("purpose", &["dispute_evidence"])?.ok_or_else(|| Refusal::missing_param("purpose"))?;
    let size = params.integer("file[size]")?.ok_or_else(|| Refusal::missing_param("file"))?;
    let kind = params.required("file[type]")?;
    if kind == "unknown" {
        return Err(Refusal::invalid("Files with a purpose of dispute_evidence must be a PDF, a JPEG or a PNG."));
    }
    if usize::try_from(size).map_or(true, |size| size > BYTES_MAX) {
        return Err(Refusal::invalid("The file is too large.").param("file"));
    }
    let id = state.ids.file();
    let file = json!({
        "id": id,
        "object": "file",
        "created": state.now(),
        "expires_at": null,
        "filename": params.text("file[name]")?,
        "links": null,
        "purpose": purpose,
        "size": size,
        "title": null,
        "type": kind,
        "url": null,
    });
    state.files.insert(file.clone());
    Ok(file)
}

fn kind(content: &[u8]) -> &'static str {
    match content {
        [b'%', b'P', b'D', b'F', ..] => "pdf",
        [0x89, b'P', b'N', b'G', ..] => "png",
        [0xff, 0xd8, 0xff, ..] => "jpg",
        _ => "unknown",
    }
}

/// What stands between the lines of the boundary.
fn parts<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let mut rest = split(body, boundary).map_or(&[][..], |(_, rest)| rest);
    while let Some((part, after)) = split(rest, boundary) {
        let part = part.strip_prefix(b"\r\n").unwrap_or(part);
        found.push(part.strip_suffix(b"\r\n").unwrap_or(part));
        rest = after;
    }
    found
}

fn split<'a>(bytes: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(by.len()).position(|window| window == by)?;
    Some((bytes.get(..at)?, bytes.get(at + by.len()..)?))
}
