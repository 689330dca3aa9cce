//! What is due now of an invoice that is paid in parts, what comes next, and when.
//!
//! Derived each time from the plan's parts, from what the ledger says is still due, and from the day: whatever was paid or
//! credited counts against the earliest part, in whichever way it came.

use jiff::civil::Date;

use super::Part;

/// What of an invoice is asked for. Minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What is due now: the earliest unpaid part, and those behind it whose day has come.
    pub now: i64,
    /// All that is due, whenever it is due.
    pub all: i64,
    /// The day of the earliest unpaid part; of the last part when nothing is due any more.
    pub by: Option<Date>,
    /// What is asked for after that.
    pub next: Option<Part>,
    /// Every part, earliest first, with what is open of it.
    pub parts: Vec<OpenPart>,
}

impl Asked {
    /// What should have been paid before `today`.
    #[must_use]
    pub fn overdue(&self, today: Date) -> i64 {
        self.parts.iter().filter(|part| part.due < today).map(|part| part.open).sum()
    }
}

/// A part, and what of it is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenPart {
    pub amount: i64,
    pub open: i64,
    pub due: Date,
    /// Whether it belongs to what is due now.
    pub now: bool,
}

/// What is asked for on `today`, when `due` of the sum of `parts` is still due.
#[must_use]
pub fn asked(parts: &[Part], due: i64, today: Date) -> Asked {
    let total = parts.iter().fold(0_i64, |sum, part| sum.saturating_add(part.amount));
    let mut covered = total.saturating_sub(due.max(0)).max(0);
    let mut shown: Vec<OpenPart> = Vec::with_capacity(parts.len());
    let (mut now, mut by, mut next) = (0_i64, None, None);
    for part in parts {
        let paid = covered.min(part.amount);
        covered -= paid;
        let open = part.amount - paid;
        let belongs = open > 0 && (by.is_none() || part.due <= today);
        if belongs {
            by.get_or_insert(part.due);
            now = now.saturating_add(open);
        } else if open > 0 && next.is_none() {
            next = Some(Part { amount: open, due: part.due });
        }
        shown.push(OpenPart { amount: part.amount, open, due: part.due, now: belongs });
    }
    Asked { now, all: due.max(0), by: by.or(parts.last().map(|part| part.due)), next, parts: shown }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Part, asked};

    fn day(day: i8) -> Date {
        date(2026, 12, day)
    }

    /// Three parts: 100 due on the 1st, 200 on the 10th, 300 on the 20th.
    fn parts() -> Vec<Part> {
        [(100, 1), (200, 10), (300, 20)].map(|(amount, on)| Part { amount, due: day(on) }).to_vec()
    }

    #[test]
    fn the_earliest_unpaid_part_is_asked_for_and_every_part_whose_day_has_come() {
        // still due, today -> due now, since or by when, what comes next and when
        let table = [
            (600, day(1), 100, 1, Some((200, 10))),
            (600, date(2026, 11, 1), 100, 1, Some((200, 10))),
            (600, day(9), 100, 1, Some((200, 10))),
            (600, day(10), 300, 1, Some((300, 20))),
            (600, day(25), 600, 1, None),
            (550, day(1), 50, 1, Some((200, 10))),
            (500, day(1), 200, 10, Some((300, 20))),
            (500, day(10), 200, 10, Some((300, 20))),
            (450, day(2), 150, 10, Some((300, 20))),
            (300, day(2), 300, 20, None),
            (1, day(31), 1, 20, None),
            (0, day(2), 0, 20, None),
        ];
        for (due, today, now, by, next) in table {
            let found = asked(&parts(), due, today);
            assert_eq!((found.now, found.all), (now, due), "{due} on {today}");
            assert_eq!(found.by, Some(day(by)), "{due} on {today}");
            assert_eq!(found.next.map(|part| (part.amount, part.due)), next.map(|(n, on)| (n, day(on))), "{due}");
        }
    }

    #[test]
    fn what_came_counts_against_the_earliest_part() {
        let found = asked(&parts(), 450, day(2));
        let open: Vec<_> = found.parts.iter().map(|part| (part.open, part.now)).collect();
        assert_eq!(open, [(0, false), (150, true), (300, false)]);
    }

    #[test]
    fn overdue_is_what_is_open_of_the_parts_whose_day_has_passed() {
        let overdue = |due, today| asked(&parts(), due, today).overdue(today);
        let table =
            [(600, 1, 0), (600, 2, 100), (550, 2, 50), (500, 10, 0), (500, 11, 200), (600, 21, 600), (0, 30, 0)];
        for (due, today, expected) in table {
            assert_eq!(overdue(due, day(today)), expected, "{due} on {today}");
        }
    }

    #[test]
    fn an_invoice_that_is_paid_at_once_asks_for_all_of_it() {
        let found = asked(&[Part { amount: 600, due: day(10) }], 600, day(2));
        assert_eq!((found.now, found.by, found.next), (600, Some(day(10)), None));
        let nothing = asked(&[], 0, day(2));
        assert_eq!((nothing.now, nothing.all, nothing.by), (0, 0, None));
        assert_eq!(asked(&parts(), -5, day(2)).all, 0);
        assert_eq!(asked(&parts(), -5, day(2)).parts.last().unwrap().open, 0);
    }
}
