//! Bytes as people read them, in one notation everywhere.

const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];

/// `5.2 MiB`: with one digit behind the point, rounded down, unless it is naught.
#[must_use]
pub fn size(bytes: u64) -> String {
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else { return format!("{bytes} B") };
    let tenths = bytes % unit * 10 / unit;
    if tenths == 0 { format!("{} {name}", bytes / unit) } else { format!("{}.{tenths} {name}", bytes / unit) }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_for_people() {
        for (bytes, told) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1 KiB"),
            (1_536, "1.5 KiB"),
            (1 << 20, "1 MiB"),
            (5_505_024, "5.2 MiB"),
            (1_250_000_000, "1.1 GiB"),
            (u64::MAX, "17179869183.9 GiB"),
        ] {
            assert_eq!(size(bytes), told);
        }
    }
}
