//! When a document is due: a date, or a number of days after its issue.
//!
//! Days are calendar days in the business's time zone; who asks supplies today.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The longest term in days; a longer one is a loan.
pub const TERMS_DAYS_MAX: u16 = 365;
/// How far from the issue a due date may lie, in years, either way. Before the issue is unusual but happens (paid in
/// advance).
const YEARS_MAX: i16 = 10;

/// Payment terms, serialised as `{"on": "2026-12-06"}` or `{"in_days": 14}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    On(Date),
    /// 0 is due on receipt.
    InDays(u16),
}

/// Why there is no such due date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DueError {
    #[error("Payment can be due in 0 to {TERMS_DAYS_MAX} days.")]
    TooLate,
    #[error("The due date may lie at most {YEARS_MAX} years from the date of issue.")]
    TooFar,
}

impl Due {
    /// The due date of a document issued on `issue_date`.
    pub fn date(self, issue_date: Date) -> Result<Date, DueError> {
        match self {
            Self::InDays(days) if days > TERMS_DAYS_MAX => Err(DueError::TooLate),
            Self::InDays(days) => issue_date.checked_add(i32::from(days).days()).map_err(|_| DueError::TooFar),
            Self::On(date) if (date.year() - issue_date.year()).abs() > YEARS_MAX => Err(DueError::TooFar),
            Self::On(date) => Ok(date),
        }
    }
}

/// Whole days since the due date; 0 up to and on the due date itself.
#[must_use]
pub fn days_overdue(due: Date, today: Date) -> u32 {
    u32::try_from((today - due).get_days()).unwrap_or(0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Due, DueError, days_overdue};

    #[test]
    fn days_are_counted_on_the_calendar() {
        let table = [
            (Due::InDays(0), date(2026, 11, 22), Ok(date(2026, 11, 22))),
            (Due::InDays(14), date(2026, 11, 22), Ok(date(2026, 12, 6))),
            (Due::InDays(14), date(2028, 2, 20), Ok(date(2028, 3, 5))),
            (Due::InDays(365), date(2026, 1, 1), Ok(date(2027, 1, 1))),
            (Due::InDays(366), date(2026, 1, 1), Err(DueError::TooLate)),
            (Due::InDays(1), Date::MAX, Err(DueError::TooFar)),
            (Due::On(date(2027, 1, 15)), date(2026, 11, 22), Ok(date(2027, 1, 15))),
            (Due::On(date(2026, 11, 1)), date(2026, 11, 22), Ok(date(2026, 11, 1))),
            (Due::On(date(2062, 11, 1)), date(2026, 11, 22), Err(DueError::TooFar)),
            (Due::On(Date::MIN), Date::MAX, Err(DueError::TooFar)),
        ];
        for (due, issued, expected) in table {
            assert_eq!(due.date(issued), expected, "{due:?} from {issued}");
        }
    }

    #[test]
    fn overdue_begins_the_day_after() {
        let due = date(2026, 12, 6);
        for (today, days) in [(date(2026, 12, 5), 0), (due, 0), (date(2026, 12, 7), 1), (date(2027, 12, 6), 365)] {
            assert_eq!(days_overdue(due, today), days, "{today}");
        }
        assert_eq!(days_overdue(Date::MAX, Date::MIN), 0);
        assert!(days_overdue(Date::MIN, Date::MAX) > 7_000_000);
    }

    #[test]
    fn json_says_which_kind_it_is() {
        let on: Due = serde_json::from_str(r#"{"on":"2026-12-06"}"#).unwrap();
        assert_eq!(on, Due::On(date(2026, 12, 6)));
        assert_eq!(serde_json::to_string(&Due::InDays(14)).unwrap(), r#"{"in_days":14}"#);
    }
}
