//! What the process keeps to itself from its first moment on.
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
