//! The owner answers a dispute: evidence as a draft, evidence for good, or that it is accepted. What is decided is stored
//! with its files before Stripe is told.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::{Actor, Refusal};
use crate::billing::dispute::Dispute;
use crate::billing::filing::{
    Attached, FILES_BYTES_MAX, FileField, FileKind, Filing, State, Texts, What, check_texts, harmless_name,
};
use crate::billing::id::DisputeId;
use crate::store::{Reader, Writer};

/// Whoever stored it tells Stripe at once; if that is cut off, it is told by itself after so long.
const FIRST_TRY: SignedDuration = SignedDuration::from_secs(30);

/// A file as it was chosen.
#[derive(Clone)]
pub struct Chosen {
    pub slot: FileField,
    /// As the browser calls it.
    pub name: String,
    pub content: Vec<u8>,
}

/// What is done to the files of a draft.
#[derive(Clone, Default)]
pub struct Files {
    pub chosen: Vec<Chosen>,
    /// Places whose file is taken out; one that is chosen for such a place stays.
    pub removed: Vec<FileField>,
}

/// Stores a draft of evidence: what was written, the files that Stripe has already and that stay, and in their places
/// those that were chosen now. `place` is how many filings the form knew of: the same form that is sent twice finds what
/// it made in that place.
///
/// # Errors
/// The dispute cannot be answered any more, something is on its way still, something else was filed since the form was
/// opened, or what was given cannot be evidence.
pub fn draft(
    w: &mut Writer<'_>,
    id: DisputeId,
    texts: Texts,
    changed: &Files,
    place: usize,
    actor: &Actor,
) -> Result<Filing, Refusal> {
    let dispute = found(w, id)?;
    let texts = check_texts(texts).map_err(Refusal::Invalid)?;
    let before = w.filings_of_dispute(id)?;
    if let Some(sent) = already(&before, place, |what| is_draft(what, &texts, changed, &before))? {
        return Ok(sent);
    }
    check_at(w, &dispute, w.now())?;
    let files = attached(&dispute.files, changed)?;
    w.put_dispute(&Dispute { draft: texts.clone(), ..dispute })?;
    let filing = store(w, id, What::Evidence { texts, files, submit: false }, actor)?;
    for (at, file) in filing.files().iter().enumerate().filter(|(_, file)| file.stripe_file.is_none()) {
        let content =
            changed.chosen.iter().find(|chosen| chosen.slot == file.slot).map(|chosen| chosen.content.as_slice());
        w.put_filing_content(filing.id, u64::try_from(at).unwrap_or(u64::MAX), content.unwrap_or_default())?;
    }
    Ok(filing)
}

/// Hands the draft on to the bank, which takes evidence once.
///
/// # Errors
/// As [`draft`], or nothing was written.
pub fn submit(w: &mut Writer<'_>, id: DisputeId, place: usize, actor: &Actor) -> Result<Filing, Refusal> {
    let dispute = found(w, id)?;
    let is_submission = |what: &What| matches!(what, What::Evidence { submit: true, .. });
    if let Some(sent) = already(&w.filings_of_dispute(id)?, place, is_submission)? {
        return Ok(sent);
    }
    check_submission(w, &dispute, w.now())?;
    let (texts, files) = (dispute.draft, dispute.files);
    store(w, id, What::Evidence { texts, files, submit: true }, actor)
}

/// Accepts that the dispute is lost.
///
/// # Errors
/// It is over or answered, or something is on its way still.
pub fn accept(w: &mut Writer<'_>, id: DisputeId, place: usize, actor: &Actor) -> Result<Filing, Refusal> {
    let dispute = found(w, id)?;
    if let Some(sent) = already(&w.filings_of_dispute(id)?, place, |what| *what == What::Accept)? {
        return Ok(sent);
    }
    check_acceptance(w, &dispute)?;
    store(w, id, What::Accept, actor)
}

/// Whether evidence can be given at a moment.
///
/// # Errors
/// It cannot; the words say why.
pub fn check_at(reader: &Reader<'_>, dispute: &Dispute, now: Timestamp) -> Result<(), Refusal> {
    refuse_while_waiting(reader, dispute)?;
    if dispute.submissions > 0 {
        return Err(Refusal::conflict("Evidence was submitted already, and the bank takes it once."));
    }
    if !dispute.is_open() {
        return Err(Refusal::conflict("This dispute is over, so it cannot be answered any more."));
    }
    if dispute.respond_by.is_none() {
        return Err(Refusal::conflict("The bank takes no answer to this dispute."));
    }
    if !dispute.can_be_answered(now) {
        return Err(Refusal::conflict(
            "The time to answer this dispute is over, or the bank does not wait for an answer.",
        ));
    }
    Ok(())
}

/// Whether the draft can be submitted.
///
/// # Errors
/// It cannot; the words say why.
pub fn check_submission(reader: &Reader<'_>, dispute: &Dispute, now: Timestamp) -> Result<(), Refusal> {
    check_at(reader, dispute, now)?;
    if dispute.draft.is_empty() && dispute.files.is_empty() {
        return Err(Refusal::conflict("There is no evidence yet. Write something or add a file, and save it first."));
    }
    Ok(())
}

/// Whether the dispute can be accepted.
///
/// # Errors
/// It cannot; the words say why.
pub fn check_acceptance(reader: &Reader<'_>, dispute: &Dispute) -> Result<(), Refusal> {
    refuse_while_waiting(reader, dispute)?;
    if !dispute.is_open() {
        return Err(Refusal::conflict("This dispute is over."));
    }
    if dispute.submissions > 0 {
        return Err(Refusal::conflict("Evidence was submitted already; the bank decides now."));
    }
    Ok(())
}

fn found(w: &Writer<'_>, id: DisputeId) -> Result<Dispute, Refusal> {
    w.dispute(id)?.ok_or(Refusal::NotFound("dispute"))
}

/// What the same form made when it was sent first; `filings` are newest first.
///
/// # Errors
/// Another page filed something since the form was opened: what is asked here was asked without knowing of that.
fn already(filings: &[Filing], place: usize, is_same: impl Fn(&What) -> bool) -> Result<Option<Filing>, Refusal> {
    match filings.first() {
        Some(last) if filings.len() == place.saturating_add(1) && is_same(&last.what) => Ok(Some(last.clone())),
        Some(_) if filings.len() > place => Err(Refusal::conflict(
            "Something else was saved, submitted or accepted since this page was opened, so this was not done. Look at \
             what is there now, and decide again.",
        )),
        _ => Ok(None),
    }
}

/// Whether the newest filing is the draft that this form makes of the files that Stripe had before.
fn is_draft(newest: &What, texts: &Texts, changed: &Files, filings: &[Filing]) -> bool {
    let What::Evidence { texts: kept, files, submit: false } = newest else { return false };
    let earlier = filings.iter().skip(1);
    let had = earlier.filter(|one| matches!(one.state, State::Done { .. })).map(Filing::files).next().unwrap_or(&[]);
    let same = |ours: Vec<Attached>| {
        ours.len() == files.len()
            && ours.iter().zip(files).all(|(our, file)| (our.slot, &our.digest) == (file.slot, &file.digest))
    };
    kept == texts && attached(had, changed).is_ok_and(same)
}

fn refuse_while_waiting(reader: &Reader<'_>, dispute: &Dispute) -> Result<(), Refusal> {
    match reader.filings_of_dispute(dispute.id)?.first() {
        Some(last) if last.is_waiting() => Err(Refusal::conflict(format!(
            "{} is still on its way to Stripe and is sent again by itself. Nothing needs to be done twice.",
            last.words()
        ))),
        _ => Ok(()),
    }
}

fn store(w: &mut Writer<'_>, dispute: DisputeId, what: What, actor: &Actor) -> Result<Filing, Refusal> {
    let now = w.now();
    let next_try = now.checked_add(FIRST_TRY).unwrap_or(now);
    let state = State::Waiting { next_try, words: None };
    let by = actor.name.clone();
    let filing = Filing { id: w.id()?, dispute, what, state, body: None, tries: 0, round: 0, created_at: now, by };
    w.put_filing(&filing)?;
    Ok(filing)
}

/// The files of a draft, each checked by its content.
fn attached(had: &[Attached], changed: &Files) -> Result<Vec<Attached>, Refusal> {
    let mut files = Vec::new();
    for slot in FileField::ALL {
        match changed.chosen.iter().find(|chosen| chosen.slot == slot) {
            Some(chosen) => files.push(new_file(chosen)?),
            None if changed.removed.contains(&slot) => {}
            None => files.extend(had.iter().find(|file| file.slot == slot).cloned()),
        }
    }
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    if bytes > u64::try_from(FILES_BYTES_MAX).unwrap_or(u64::MAX) {
        return Err(Refusal::field("files", "All files together may have 4.5 MB. Choose smaller ones."));
    }
    Ok(files)
}

fn new_file(chosen: &Chosen) -> Result<Attached, Refusal> {
    let Some(kind) = FileKind::of(&chosen.content) else {
        return Err(Refusal::field(chosen.slot.name(), "Choose a PDF, a PNG or a JPEG; the bank reads nothing else."));
    };
    let digest = Sha256::digest(&chosen.content);
    Ok(Attached {
        slot: chosen.slot,
        name: harmless_name(&chosen.name, kind),
        kind,
        bytes: u64::try_from(chosen.content.len()).unwrap_or(u64::MAX),
        digest: data_encoding::HEXLOWER.encode(&digest),
        stripe_file: None,
    })
}
