//! Identifiers in Stripe's shapes. They are drawn from a counter, the account and the mode, so that a test run repeats
//! exactly and two accounts, or the two modes of one, never share an id.

use sha2::{Digest, Sha256};

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// How many letters follow the prefix of most of Stripe's ids.
const LENGTH: usize = 23;
/// Request and product ids are shorter.
const LENGTH_SHORT: usize = 14;
const LENGTH_SECRET: usize = 32;
/// Checkout Sessions have the longest ids of all; a column made for the others is too narrow.
const LENGTH_SESSION: usize = 56;

pub(super) struct Ids {
    account: String,
    livemode: bool,
    made: u64,
}

impl Ids {
    pub(super) fn new(account: &str, livemode: bool) -> Self {
        let account = if livemode { format!("{account}|live") } else { account.to_owned() };
        Self { account, livemode, made: 0 }
    }

    pub(super) fn session(&mut self) -> String {
        let mode = if self.livemode { "live" } else { "test" };
        self.draw(&format!("cs_{mode}_a1"), LENGTH_SESSION)
    }

    pub(super) fn intent(&mut self) -> String {
        self.draw("pi_3", LENGTH)
    }

    pub(super) fn charge(&mut self) -> String {
        self.draw("ch_3", LENGTH)
    }

    pub(super) fn transaction(&mut self) -> String {
        self.draw("txn_3", LENGTH)
    }

    pub(super) fn refund(&mut self) -> String {
        self.draw("re_3", LENGTH)
    }

    pub(super) fn dispute(&mut self) -> String {
        self.draw("dp_1", LENGTH)
    }

    pub(super) fn warning(&mut self) -> String {
        self.draw("issfr_1", LENGTH)
    }

    pub(super) fn file(&mut self) -> String {
        self.draw("file_1", LENGTH)
    }

    pub(super) fn payout(&mut self) -> String {
        self.draw("po_1", LENGTH)
    }

    pub(super) fn event(&mut self) -> String {
        self.draw("evt_1", LENGTH)
    }

    pub(super) fn payment_method(&mut self) -> String {
        self.draw("pm_1", LENGTH)
    }

    pub(super) fn line_item(&mut self) -> String {
        self.draw("li_1", LENGTH)
    }

    pub(super) fn price(&mut self) -> String {
        self.draw("price_1", LENGTH)
    }

    pub(super) fn product(&mut self) -> String {
        self.draw("prod_", LENGTH_SHORT)
    }

    pub(super) fn endpoint(&mut self) -> String {
        self.draw("we_1", LENGTH)
    }

    pub(super) fn secret(&mut self) -> String {
        self.draw("whsec_", LENGTH_SECRET)
    }

    pub(super) fn request(&mut self) -> String {
        self.draw("req_", LENGTH_SHORT)
    }

    fn draw(&mut self, prefix: &str, length: usize) -> String {
        self.made += 1;
        let mut id = prefix.to_owned();
        for block in 0_u8.. {
            let digest = Sha256::digest(format!("{}|{prefix}|{}|{block}", self.account, self.made));
            for byte in digest {
                if id.len() == prefix.len() + length {
                    return id;
                }
                id.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
            }
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn ids_repeat_from_run_to_run_and_differ_between_accounts() {
        let (mut first, mut again, mut other) =
            (Ids::new("acct_1", false), Ids::new("acct_1", false), Ids::new("acct_2", true));
        let session = first.session();
        assert_eq!(session, again.session());
        assert_ne!(session, first.session());
        assert!(session.starts_with("cs_test_a1") && session.len() == 66);
        assert!(other.session().starts_with("cs_live_"));
        assert_ne!(first.intent(), again.intent(), "the counters stand at different places");
    }
}
