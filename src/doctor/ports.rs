//! Who listens on the two ports that visitors come to. The kernel's own tables tell, so that no connection is made for it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::{Asked, Who};
use crate::app::{App, Line};
use crate::config::check::Finding;

/// Where browsers go by themselves.
const PORTS: [u16; 2] = [80, 443];
/// As the kernel writes the state of a socket that listens (include/net/tcp_states.h).
const LISTENS: &str = "0A";

/// A socket that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listener {
    port: u16,
    user: u32,
    inode: u64,
}

pub(super) fn looks<'a>(app: &Arc<App>, who: Who) -> Vec<Asked<'a>> {
    vec![Asked::aside(app, &["ports"], move |app| ports(app, who))]
}

fn ports(app: &App, who: Who) -> Vec<Line> {
    let read = |name: &str| fs::read_to_string(name).ok();
    let tables: Vec<String> = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].into_iter().filter_map(read).collect();
    if tables.is_empty() {
        return vec![Line::of("ports", Finding::skipped("", "the system does not say who listens"))];
    }
    let listeners: Vec<Listener> = tables.iter().flat_map(|table| listeners(table)).collect();
    let server = &app.config.server;
    let wanted = [server.https_listen, server.http_listen].into_iter().flatten().map(|address| address.port());
    let wanted: Vec<u16> = wanted.collect();
    let line = |port: u16| {
        let found = listeners.iter().find(|listener| listener.port == port);
        let program = found.map(|listener| (is_ours(listener), named(Path::new("/proc"), listener)));
        Line::of("ports", judged(port, program, wanted.contains(&port), who))
    };
    PORTS.into_iter().map(line).collect()
}

/// `listener` is whether it is this process, and what it is called.
fn judged(port: u16, listener: Option<(bool, String)>, is_wanted: bool, who: Who) -> Finding {
    match listener {
        Some((true, _)) => Finding::ok("", format!("{port}: this server")),
        Some((false, name)) if is_wanted && who == Who::Server => Finding::fail(
            "",
            format!("{port}: {name} listens, so visitors do not get here"),
            format!("stop it; or let it pass visitors on, and set the address of port {port} to another or to off"),
        ),
        Some((false, name)) => Finding::ok("", format!("{port}: {name} listens")),
        None if is_wanted && who == Who::Server => Finding::fail(
            "",
            format!("{port}: nobody listens, although this server should"),
            "see what the line about the ways in says",
        ),
        None => Finding::ok("", format!("{port}: nobody listens")),
    }
}

/// The sockets of a table of the kernel's that listen.
fn listeners(table: &str) -> Vec<Listener> {
    let of = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let local = words.next()?;
        let (state, user, inode) = (words.nth(1)?, words.nth(3)?, words.nth(1)?);
        let port = u16::from_str_radix(local.rsplit_once(':')?.1, 16).ok()?;
        (state == LISTENS).then_some(Listener { port, user: user.parse().ok()?, inode: inode.parse().ok()? })
    };
    table.lines().skip(1).filter_map(of).collect()
}

fn is_ours(listener: &Listener) -> bool {
    holds(Path::new("/proc/self"), listener.inode)
}

/// Whether a process holds a socket; of those of other users only root is told.
fn holds(process: &Path, inode: u64) -> bool {
    let wanted = format!("socket:[{inode}]");
    let Ok(open) = fs::read_dir(process.join("fd")) else { return false };
    open.flatten().any(|one| fs::read_link(one.path()).is_ok_and(|leads_to| leads_to.as_os_str() == wanted.as_str()))
}

/// `nginx`, or whose program it is if no more can be seen.
fn named(processes: &Path, listener: &Listener) -> String {
    let all = fs::read_dir(processes).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut numbered =
        all.filter(|path| path.file_name().is_some_and(|name| name.as_encoded_bytes()[0].is_ascii_digit()));
    let holder = numbered.find(|process| holds(process, listener.inode));
    let name = holder.and_then(|process| fs::read_to_string(process.join("comm")).ok());
    name.map_or_else(
        || format!("a program of the user with number {}", listener.user),
        |name| name.chars().filter(|c| !c.is_control()).collect(),
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::net::TcpListener;

    use super::{Listener, Who, judged, listeners};
    use crate::config::check::Level;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
        0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 4711 1 0 100 0 0 10 0\n   \
        1: 0100007F:01BB 0100007F:9C40 01 00000000:00000000 00:00000000 00000000   998        0 4712 1 0 100 0 0 10 0\n";

    #[test]
    fn the_kernels_table_is_read() {
        assert_eq!(listeners(TABLE), [Listener { port: 80, user: 33, inode: 4711 }]);
        assert_eq!(listeners("nonsense\nmore of it\n"), []);
        let own = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = own.local_addr().unwrap().port();
        let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
        let found = listeners(&table).into_iter().find(|listener| listener.port == port).unwrap();
        assert!(super::is_ours(&found));
        assert!(!super::named("/proc".as_ref(), &found).is_empty());
        let stranger = Listener { inode: u64::MAX, ..found };
        assert!(!super::is_ours(&stranger));
        let name = super::named("/proc".as_ref(), &stranger);
        assert!(name.starts_with("a program of the user with number "), "{name}");
    }

    #[test]
    fn a_port_that_visitors_come_to_belongs_to_this_server_or_to_a_proxy() {
        let nginx = || Some((false, "nginx".to_owned()));
        for (listener, is_wanted, who, level) in [
            (Some((true, String::new())), true, Who::Server, Level::Ok),
            (nginx(), true, Who::Server, Level::Fail),
            (nginx(), false, Who::Server, Level::Ok),
            (nginx(), true, Who::Command, Level::Ok),
            (None, true, Who::Server, Level::Fail),
            (None, false, Who::Server, Level::Ok),
            (None, true, Who::Command, Level::Ok),
        ] {
            let found = judged(80, listener.clone(), is_wanted, who);
            assert_eq!(found.level, level, "{listener:?} {is_wanted} {who:?}");
            assert!(found.detail.starts_with("80: "), "{found}");
        }
    }
}
