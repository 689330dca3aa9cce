//! What was just done, said on the page that a form led to.
//!
//! The redirect carries a word of a closed list (`?done=saved`), never a sentence: nobody can put words into our mouth by
//! a link.

use super::desk::Desk;
use crate::billing::id::MailId;
use crate::billing::letter::Delivery;
use crate::web::error::Error;
use crate::web::views::parts::Tone;
use crate::web::views::shell::{Flash, Undo};

/// The message of a word; none for a word that is not ours.
pub fn of(desk: &Desk, done: &str, mail: &str) -> Result<Option<Flash>, Error> {
    if done == "sending" {
        return sending(desk, mail);
    }
    let tone = if done == "refund-failed" { Tone::Bad } else { Tone::Good };
    Ok(sentence(done).map(|text| Flash { tone, text: text.to_owned(), undo: None }))
}

fn sentence(done: &str) -> Option<&'static str> {
    Some(match done {
        "saved" => "Saved.",
        "removed" => "Removed.",
        "draft" => "Draft saved.",
        "deleted" => "Draft deleted.",
        "issued" => "Issued. Copy its link, or send it.",
        "voided" => "The invoice is void.",
        "written-off" => "Written off.",
        "reopened" => "The invoice is open again.",
        "let-go" => "The invoice can be paid again. The bank payment is still looked for.",
        "linked" => "New link made. The old one does not work any more.",
        "credited" => "Credit note issued.",
        "credited-asked" => {
            "Credit note issued. Its refund is stored, and Stripe has not answered yet. It is asked again by itself; nothing \
             needs to be done twice."
        }
        "credit-used" => "Credit used.",
        "reissued" => "The old invoice is credited. Correct this draft and issue it.",
        "recorded" => "Payment recorded.",
        "refunded" => "Refunded. Your customer gets a mail about it.",
        "refund-asked" => {
            "The refund is stored, and Stripe has not answered yet. It is asked again by itself; nothing needs to be done \
             twice."
        }
        "refund-pending" => "The refund is made and waits at Stripe. What for stands beside it.",
        "refund-failed" => "The money did not go back, or not all of it. Why stands beside the refund.",
        "taken-back" => "Payment taken back. Its record stays, with the entry that books it back.",
        "copied" => "A copy of the receipt is on its way to the payer.",
        "withdrawn" => "The mail was not sent.",
        "trying" => "It is tried again now.",
        "retrying" => "The mail is tried again now.",
        "customer" => "Customer saved.",
        "decided" => "Decided.",
        "undone" => "Undone. The case is open again.",
        "undone-told" => {
            "Undone. The case is open again. Your customer has the receipt already; write if it was wrong."
        }
        "kept" => "Your draft is kept at Stripe. Nobody at the bank has seen it yet.",
        "submitted" => "Submitted. The bank decides now, which takes two to three months.",
        "accepted" => "Accepted. The dispute is over.",
        "revoked" => "Revoked.",
        "password" => "Password changed. Other sessions were signed out.",
        "second-step-off" => "Switched off. Your password alone opens again.",
        "role" => {
            "Changed. They were signed out, and sign in again under the new role. API tokens that they know stay good."
        }
        "ended-others" => "Signed out everywhere else.",
        "ended" => "Signed out there.",
        "at-home" => "Confirmed. What waited goes on.",
        _ => return None,
    })
}

/// With a way back, as long as the mail has not left.
fn sending(desk: &Desk, mail: &str) -> Result<Option<Flash>, Error> {
    let Ok(id) = mail.parse::<MailId>() else { return Ok(None) };
    let Some(letter) = desk.app.store.read(|r| r.letter(id))? else { return Ok(None) };
    let to = letter.to.join(", ");
    let waits = letter.state == Delivery::Queued && letter.attempts == 0;
    let undo = Undo { action: format!("/admin/outbox/{id}/cancel"), label: "Undo".to_owned() };
    let text = match letter.state {
        Delivery::Sent { .. } => format!("Sent to {to}."),
        Delivery::Withdrawn { .. } => return Ok(None),
        Delivery::Queued | Delivery::Failed { .. } => format!("Sending to {to}."),
    };
    Ok(Some(Flash { tone: Tone::Good, text, undo: waits.then_some(undo) }))
}
