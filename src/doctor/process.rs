//! What the machine allows this process: open files, memory, and how little else it could do if somebody took it over.
//!
//! The kernel is asked, not the service manager: what counts is what is in force, whoever set it, and no program is run for it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustix::process::{Resource, getrlimit};

use super::{Asked, Who};
use crate::app::{App, Line};
use crate::config::check::Finding;
use crate::process;
use crate::size::size;

/// Connections, the store, what is asked elsewhere and what runs beside it, with some to spare.
const OPEN_FILES_MIN: u64 = 1024;
/// Below this a backup of a large business, or a hundred visitors, may be too much.
const MEMORY_MIN_BYTES: u64 = 128 << 20;

const CGROUPS: &str = "/sys/fs/cgroup";
const IN_A_SERVICE: &str =
    "run it by the unit of the package; systemd-analyze security quittance names each protection";

pub(super) fn looks<'a>(app: &Arc<App>, who: Who) -> Vec<Asked<'a>> {
    // What a command at a terminal may do says nothing about the server.
    if who == Who::Command {
        let codes: &[&str] = &["open-files", "memory", "sandbox"];
        let why = Finding::skipped("", "only the running server knows its own, and none runs");
        return vec![Asked::new(codes, async move { super::told(codes, &why) })];
    }
    vec![
        Asked::aside(app, &["open-files"], |_| vec![Line::of("open-files", open_files())]),
        Asked::aside(app, &["memory"], |_| vec![Line::of("memory", memory())]),
        Asked::aside(app, &["sandbox"], |_| vec![Line::of("sandbox", sandbox())]),
    ]
}

fn open_files() -> Finding {
    let used = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    files_allowed(getrlimit(Resource::Nofile).current, u64::try_from(used).unwrap_or(u64::MAX))
}

/// `None` is no limit.
fn files_allowed(limit: Option<u64>, used: u64) -> Finding {
    let Some(limit) = limit else { return Finding::ok("", format!("{used} are open, and there is no limit")) };
    let remedy = "allow 4096: LimitNOFILE=4096 in the unit, or ulimit -n 4096";
    if limit < OPEN_FILES_MIN {
        let words = format!("only {limit} may be open at once, so that many visitors at once are turned away");
        return Finding::warn("", words, remedy);
    }
    if used > limit / 10 * 9 {
        return Finding::fail("", format!("{used} of {limit} are open: the next visitor may be turned away"), remedy);
    }
    Finding::ok("", format!("{used} of {limit} are open"))
}

fn memory() -> Finding {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cgroup = read("/proc/self/cgroup");
    let folder = group_of(&cgroup).map(|group| format!("{CGROUPS}{}", group.trim_end_matches('/')));
    let limit = folder.and_then(|folder| smallest(Path::new(&folder)));
    memory_allowed(limit, process::memory().unwrap_or(0))
}

/// The control group of a process, of the second version of control groups.
fn group_of(cgroup: &str) -> Option<&str> {
    cgroup.lines().find_map(|line| line.strip_prefix("0::"))
}

/// The smallest limit that a group or one around it has.
fn smallest(folder: &Path) -> Option<u64> {
    let around = folder.ancestors().take_while(|folder| folder.starts_with(CGROUPS));
    let limits = around.flat_map(|folder| ["memory.max", "memory.high"].map(|name| folder.join(name)));
    // A group without a limit says "max".
    limits.filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok()).min()
}

fn memory_allowed(limit: Option<u64>, used: u64) -> Finding {
    let Some(limit) = limit else {
        return Finding::ok("", format!("{} are taken, and there is no limit but the machine's", size(used)));
    };
    let remedy = "allow 256 MiB at least: MemoryHigh=256M and MemoryMax=512M in the unit, or the container's limit";
    let words = format!("{} of {} are taken", size(used), size(limit));
    if used > limit / 10 * 9 {
        Finding::fail("", format!("{words}: it may be ended any moment"), remedy)
    } else if limit < MEMORY_MIN_BYTES {
        Finding::warn("", format!("{words}, which is little for many visitors at once"), remedy)
    } else {
        Finding::ok("", words)
    }
}

fn sandbox() -> Finding {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let is_read_only =
        rustix::fs::statvfs("/usr").is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY));
    let sees_homes =
        fs::read_dir("/root").is_ok() || fs::read_dir("/home").is_ok_and(|mut homes| homes.next().is_some());
    let dumps = getrlimit(Resource::Core).current != Some(0);
    shut_in(
        &read("/proc/self/status"),
        &[
            (is_read_only, "the system read-only"),
            (!sees_homes, "home folders out of sight"),
            (!dumps, "no core dumps"),
        ],
    )
}

/// How many protections are in force, by what the kernel says of the process and what was found besides.
fn shut_in(status: &str, found: &[(bool, &'static str)]) -> Finding {
    let is = |name: &str, expected: &str| field(status, name) == Some(expected);
    let user = field(status, "Uid").and_then(|all| all.split_whitespace().nth(1));
    let mut protections = vec![
        (user.is_some_and(|user| user != "0"), "a user of its own"),
        (field(status, "CapEff").is_some_and(|all| all.bytes().all(|digit| digit == b'0')), "no capabilities"),
        (is("NoNewPrivs", "1"), "no way to more rights"),
        (is("Seccomp", "2"), "a filter on system calls"),
    ];
    protections.extend_from_slice(found);
    let missing: Vec<&str> = protections.iter().filter(|(is_there, _)| !is_there).map(|(_, name)| *name).collect();
    let (count, there) = (protections.len(), protections.len() - missing.len());
    if missing.is_empty() {
        return Finding::ok("", format!("all {count} protections are in force"));
    }
    let words = format!("{there} of {count} protections are in force; missing: {}", missing.join(", "));
    Finding::warn("", words, IN_A_SERVICE)
}

/// A line of `/proc/self/status`.
fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::{files_allowed, group_of, memory_allowed, sandbox, shut_in};
    use crate::config::check::Level;

    #[test]
    fn few_open_files_are_a_warning_and_none_left_is_worse() {
        for (limit, used, level) in [
            (None, 9_999, Level::Ok),
            (Some(4096), 20, Level::Ok),
            (Some(1023), 20, Level::Warn),
            (Some(4096), 3_690, Level::Fail),
        ] {
            assert_eq!(files_allowed(limit, used).level, level, "{limit:?} {used}");
        }
    }

    #[test]
    fn little_memory_is_a_warning_and_none_left_is_worse() {
        let mib = |count: u64| count << 20;
        for (limit, used, level) in [
            (None, mib(9), Level::Ok),
            (Some(mib(256)), mib(20), Level::Ok),
            (Some(mib(64)), mib(20), Level::Warn),
            (Some(mib(256)), mib(250), Level::Fail),
        ] {
            assert_eq!(memory_allowed(limit, used).level, level, "{limit:?} {used}");
        }
        assert_eq!(
            group_of("1:name=x:/\n0::/system.slice/quittance.service\n"),
            Some("/system.slice/quittance.service")
        );
        assert_eq!(group_of(""), None);
    }

    const SHUT: &str = "Uid:\t998\t998\t998\t998\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n";

    #[test]
    fn each_protection_that_is_missing_is_named() {
        assert_eq!(shut_in(SHUT, &[(true, "x")]).level, Level::Ok);
        for (from, to, missing) in [
            ("998\t998\t998\t998", "998\t0\t998\t998", "a user of its own"),
            ("0000000000000000", "0000000000000400", "no capabilities"),
            ("NoNewPrivs:\t1", "NoNewPrivs:\t0", "no way to more rights"),
            ("Seccomp:\t2", "Seccomp:\t0", "a filter on system calls"),
        ] {
            let found = shut_in(&SHUT.replace(from, to), &[(true, "x")]);
            assert!(found.level == Level::Warn, "{found}");
            assert!(found.detail.ends_with(&format!("4 of 5 protections are in force; missing: {missing}")), "{found}");
        }
        assert!(shut_in(SHUT, &[(false, "the system read-only")]).detail.ends_with("missing: the system read-only"));
        assert!(sandbox().detail.contains("protections are in force"));
        assert!(super::memory().detail.contains("are taken") && super::open_files().detail.contains("open"));
        assert!(super::field("Uid:\t1", "Gid").is_none());
    }
}
