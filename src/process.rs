//! The process itself: what it keeps to itself from its first moment on, and how much memory it takes.
//!
//! Whatever it makes, files of commands included, is for its own user alone; who wants others to read an export says so
//! afterwards. And its memory, which holds keys, is in no core dump and open to no other process of the same user. Both are
//! so in every build: what is tested is what runs, and whoever wants to look into a running one asks root.

use rustix::fs::Mode;
use rustix::process::{DumpableBehavior, set_dumpable_behavior, umask};

/// Nothing for the group and for others.
const OTHERS: Mode = Mode::from_raw_mode(0o077);

/// Called first thing. Where the kernel refuses the second, the unit's `LimitCORE=0` has its own say.
pub fn keep_to_itself() {
    umask(OTHERS);
    // There is no log yet, and a kernel without it is no reason not to start.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// How much memory this process takes, in bytes; `None` if the system does not say (proc(5), `VmRSS`).
#[must_use]
pub fn memory() -> Option<u64> {
    resident(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()?.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::{memory, resident};

    #[test]
    fn the_kernel_says_what_is_taken() {
        assert_eq!(resident("Name:\tquittance\nVmRSS:\t   20480 kB\n"), Some(20 << 20));
        assert_eq!(resident("Name:\tquittance\n"), None);
        assert!(memory().is_some_and(|bytes| bytes > 1 << 20));
    }
}
