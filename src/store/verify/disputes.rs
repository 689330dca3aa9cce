//! Disputes and what was filed about them: that their money is where their outcome puts it.

use super::Check;
use crate::billing::dispute::Dispute;
use crate::billing::filing::{Attached, Filing};
use crate::store::disputes::dispute_rows;
use crate::store::error::Error;
use crate::store::filings::filing_rows;
use crate::store::tables::{DISPUTES, FILING_CONTENTS, FILINGS, INVOICES, PAYMENTS};

impl Check<'_> {
    pub(super) fn disputes(&mut self) -> Result<(), Error> {
        self.each(&DISPUTES, |check, _, dispute| check.dispute(&dispute))?;
        self.each(&FILINGS, |check, id, filing| {
            check.expect(filing_rows(&filing)?)?;
            check.contents(&filing)?;
            check.refers(&format!("filing {id}"), &DISPUTES, &filing.dispute)
        })?;
        self.each(&FILING_CONTENTS, |check, (filing, place), _| {
            check.refers(&format!("file {place} of {filing}"), &FILINGS, &filing)
        })
    }

    /// Files that Stripe does not have yet must be here.
    fn contents(&mut self, filing: &Filing) -> Result<(), Error> {
        let missing = |file: &Attached| filing.is_waiting() && file.stripe_file.is_none();
        for (place, _) in filing.files().iter().enumerate().filter(|(_, file)| missing(file)) {
            let place = u64::try_from(place).unwrap_or(u64::MAX);
            self.refers(&format!("filing {}", filing.id), &FILING_CONTENTS, &(filing.id, place))?;
        }
        Ok(())
    }

    fn dispute(&mut self, dispute: &Dispute) -> Result<(), Error> {
        let who = format!("dispute {}", dispute.id);
        self.expect(dispute_rows(dispute)?)?;
        self.refers(&who, &PAYMENTS, &dispute.payment)?;
        self.dispute_chain(dispute)?;
        if let Some(invoice) = &dispute.invoice {
            self.refers(&who, &INVOICES, invoice)?;
        }
        if self.reader.lost_by(dispute)? != self.reader.to_be_lost_by(dispute)? {
            self.proof.problem(format!("the losses of {who} are not what was withdrawn and not given back"));
        }
        Ok(())
    }
}
