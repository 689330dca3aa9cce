//! Names to addresses: one resolver for the whole process, for HTTP and SMTP alike.
//!
//! The rule it keeps: `getaddrinfo` is never called (a static binary has none to trust), no public DNS service is ever
//! asked behind the owner's back, and what may be called is decided here, by [`Reach`]. Whoever connects uses the
//! addresses from here and keeps the name for the certificate.
//!
//! Left to others: the connection itself, and refusing literal addresses in libraries that do not ask a resolver
//! about them (an HTTP client does not: check the host of a foreign URL with [`Resolver::addresses`] first).

mod error;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;

pub use error::ResolveError;

/// Where the machine says which DNS servers it uses.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// One question to one server. A server that is silent for longer is passed over for the next.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(3);

/// `options timeout:0` is legal in `resolv.conf` and would give no server a chance.
const QUESTION_TIMEOUT_MIN: Duration = Duration::from_secs(1);

/// A whole lookup, with every server, search domain and repetition: a payer is waiting behind it.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// Each question is repeated once: UDP loses packets.
const ATTEMPTS_MAX: usize = 2;

/// Addresses that are given back for one name; a name with more is either a mistake or an attack.
const ADDRESSES_MAX: usize = 16;

/// Records that are given back for one name; domains collect texts of services that they were proven to.
const RECORDS_MAX: usize = 64;

/// RFC 1035, section 2.3.4.
const NAME_CHARS_MAX: usize = 253;

/// Which addresses the caller is willing to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Only addresses of the open internet: for targets that somebody else chose.
    Public,
    /// Every address: for targets that the owner configured, who may well run a mail server next door.
    Configured,
}

/// Looks names up; clones share one cache.
#[derive(Clone)]
pub struct Resolver {
    asked: Arc<RwLock<Asked>>,
    /// The file that names the servers; none if they were named otherwise.
    file: Option<PathBuf>,
    timeout: Duration,
}

/// Who is asked.
#[derive(Clone)]
struct Asked {
    names: TokioResolver,
    servers_known: bool,
    /// What the file said when it was read.
    contents: Option<Vec<u8>>,
}

impl Resolver {
    /// Asks the servers of `/etc/resolv.conf`, after `/etc/hosts`. Both are read here, and again when nobody answers and
    /// the first says something else by then: the network may come up, or change, after the start.
    ///
    /// Without a usable `/etc/resolv.conf` there is nobody to ask: IP addresses, `localhost` and the names of
    /// `/etc/hosts` still work, every other name fails with [`ResolveError::NoNameServer`].
    pub fn system() -> Result<Self, ResolveError> {
        Self::of_file(Path::new(RESOLV_CONF))
    }

    fn of_file(file: &Path) -> Result<Self, ResolveError> {
        let asked = Asked::of(read(file))?;
        Ok(Self { file: Some(file.to_owned()), ..Self::asking(asked) })
    }

    fn asking(asked: Asked) -> Self {
        Self { asked: Arc::new(RwLock::new(asked)), file: None, timeout: LOOKUP_TIMEOUT }
    }

    /// Asks this one server and reads no file of the machine: for tests.
    pub fn with_server(server: SocketAddr) -> Result<Self, ResolveError> {
        let mut name_server = NameServerConfig::udp_and_tcp(server.ip());
        for connection in &mut name_server.connections {
            connection.port = server.port();
        }
        let config = ResolverConfig::from_parts(None, vec![], vec![name_server]);
        let mut options = ResolverOpts::default();
        options.use_hosts_file = ResolveHosts::Never;
        Ok(Self::asking(Asked::build(config, options, true)?))
    }

    /// The addresses of `host` that may be called, IPv4 first; never an empty list.
    ///
    /// `host` is a name or a literal address, an IPv6 one with or without brackets.
    pub async fn addresses(&self, host: &str, reach: Reach) -> Result<Vec<IpAddr>, ResolveError> {
        let mut addresses = match literal(host) {
            Some(address) => vec![address],
            None if is_local(host) => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            None => self.look_up(host).await?,
        };
        if reach == Reach::Public {
            addresses.retain(|address| is_public(*address));
            if addresses.is_empty() {
                return Err(ResolveError::NotPublic { host: shown(host) });
            }
        }
        Ok(addresses)
    }

    /// The texts that the DNS has for `name`, such as `_dmarc.example.com`; none if there are none.
    ///
    /// # Errors
    /// It could not be asked.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, ResolveError> {
        let found = self.records(name, RecordType::TXT).await?;
        let texts = found.iter().filter_map(|data| match data {
            // A long one comes in pieces, which belong together without anything between.
            RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
            _ => None,
        });
        Ok(texts.take(RECORDS_MAX).collect())
    }

    /// The names that the DNS has for an address; none if there are none.
    ///
    /// # Errors
    /// It could not be asked.
    pub async fn names(&self, address: IpAddr) -> Result<Vec<String>, ResolveError> {
        let found = self.records(&Name::from(address).to_ascii(), RecordType::PTR).await?;
        let names = found.iter().filter_map(|data| match data {
            RData::PTR(name) => Some(name.to_ascii().trim_end_matches('.').to_ascii_lowercase()),
            _ => None,
        });
        Ok(names.take(RECORDS_MAX).collect())
    }

    async fn records(&self, name: &str, kind: RecordType) -> Result<Vec<RData>, ResolveError> {
        let host = shown(name);
        // With a dot at its end, so that no search domain is tried behind it.
        let asked = if looks_like_a_name(name) {
            Name::from_ascii(format!("{}.", name.trim_end_matches('.'))).ok()
        } else {
            None
        };
        let Some(asked) = asked else { return Err(ResolveError::NotAName { host }) };
        match self.ask_records(asked.clone(), kind, &host).await {
            Err(error) if error.is_of_the_servers() && self.read_anew() => self.ask_records(asked, kind, &host).await,
            answer => answer,
        }
    }

    async fn ask_records(&self, name: Name, kind: RecordType, host: &str) -> Result<Vec<RData>, ResolveError> {
        let (asked, host) = (self.asked(), host.to_owned());
        match tokio::time::timeout(self.timeout, asked.names.lookup(name, kind)).await {
            Ok(Ok(found)) => Ok(found.answers().iter().map(|record| record.data.clone()).collect()),
            Ok(Err(_)) if !asked.servers_known => Err(ResolveError::NoNameServer { host }),
            Ok(Err(error)) => match explain(host, &error) {
                ResolveError::NotFound { .. } => Ok(Vec::new()),
                error => Err(error),
            },
            Err(_) => Err(ResolveError::TimedOut { host }),
        }
    }

    async fn look_up(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let host_shown = shown(host);
        let name = if looks_like_a_name(host) { Name::from_utf8(host).ok() } else { None };
        let Some(name) = name else {
            return Err(ResolveError::NotAName { host: host_shown });
        };
        match self.ask(name.clone(), &host_shown).await {
            Err(error) if error.is_of_the_servers() && self.read_anew() => self.ask(name, &host_shown).await,
            answer => answer,
        }
    }

    async fn ask(&self, name: Name, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let (asked, host) = (self.asked(), host.to_owned());
        match tokio::time::timeout(self.timeout, asked.names.lookup_ip(name)).await {
            Ok(Ok(found)) => {
                let addresses: Vec<IpAddr> = found.iter().take(ADDRESSES_MAX).collect();
                if addresses.is_empty() { Err(ResolveError::NotFound { host }) } else { Ok(addresses) }
            }
            Ok(Err(_)) if !asked.servers_known => Err(ResolveError::NoNameServer { host }),
            Ok(Err(error)) => Err(explain(host, &error)),
            Err(_) => Err(ResolveError::TimedOut { host }),
        }
    }

    fn asked(&self) -> Asked {
        self.asked.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the file names other servers than those that were asked; they are asked from now on.
    fn read_anew(&self) -> bool {
        let Some(file) = &self.file else { return false };
        let contents = read(file);
        if contents == self.asked().contents {
            return false;
        }
        match Asked::of(contents) {
            Ok(asked) => {
                tracing::info!("{RESOLV_CONF} has changed; the DNS servers that it names now are asked");
                *self.asked.write().unwrap_or_else(PoisonError::into_inner) = asked;
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the DNS servers that {RESOLV_CONF} names now cannot be asked");
                false
            }
        }
    }
}

/// What the file says; `None` without one.
fn read(file: &Path) -> Option<Vec<u8>> {
    match std::fs::read(file) {
        Ok(contents) => Some(contents),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            tracing::warn!(%error, "{RESOLV_CONF} cannot be read: only addresses and /etc/hosts will work");
            None
        }
    }
}

impl Asked {
    fn of(contents: Option<Vec<u8>>) -> Result<Self, ResolveError> {
        // A file without servers (a container without network has one) is the same case as no file.
        let asked = match contents.as_deref().map(parse_resolv_conf) {
            Some(Ok((config, options))) => Self::build(config, options, true),
            Some(Err(error)) => {
                tracing::warn!(%error, "{RESOLV_CONF} names no DNS server: only addresses and /etc/hosts will work");
                Self::without_servers()
            }
            None => Self::without_servers(),
        };
        Ok(Self { contents, ..asked? })
    }

    fn without_servers() -> Result<Self, ResolveError> {
        // Written out, because the library's defaults are not ours to trust with "ask nobody".
        Self::build(ResolverConfig::from_parts(None, vec![], vec![]), ResolverOpts::default(), false)
    }

    fn build(config: ResolverConfig, mut options: ResolverOpts, servers_known: bool) -> Result<Self, ResolveError> {
        options.timeout = options.timeout.clamp(QUESTION_TIMEOUT_MIN, QUESTION_TIMEOUT);
        options.attempts = options.attempts.clamp(1, ATTEMPTS_MAX);
        // Small servers often have an IPv6 address and no IPv6 route: the one that surely works comes first.
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options);
        let names = builder.build().map_err(|error| ResolveError::Start { reason: error.to_string() })?;
        Ok(Self { names, servers_known, contents: None })
    }
}

fn explain(host: String, error: &NetError) -> ResolveError {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(_)) => ResolveError::NotFound { host },
        NetError::Timeout => ResolveError::TimedOut { host },
        other => ResolveError::Failed { host, reason: other.to_string() },
    }
}

fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// RFC 6761, section 6.3: `localhost` and every name below it are this machine, whatever a DNS server says.
fn is_local(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

fn looks_like_a_name(host: &str) -> bool {
    let fits = !host.is_empty() && host.chars().count() <= NAME_CHARS_MAX;
    // Anything else outside letters (an `@`, a port, a path) is a slip that should not become a DNS question.
    fits && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// `host` as it may be shown: it may come from a stranger.
fn shown(host: &str) -> String {
    host.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IANA's registry of special-purpose IPv4 addresses, and multicast.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let this_network = first == 0;
    let carrier_shared = first == 100 && (64..=127).contains(&second);
    let protocol_assignments = [first, second, third] == [192, 0, 0];
    let benchmarks = first == 198 && (18..=19).contains(&second);
    let reserved = first >= 240;
    let ours = address.is_loopback() || address.is_private() || address.is_link_local();
    let nobody = address.is_multicast() || address.is_documentation();
    !(this_network || carrier_shared || protocol_assignments || benchmarks || reserved || ours || nobody)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // NAT64 (RFC 6052) is how a machine with IPv6 alone sees the IPv4 internet: the address inside decides.
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = segments {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // Only 2000::/3 is handed out. That leaves out loopback, unspecified, link-local, unique-local, multicast and
    // addresses that wrap an IPv4 one (::ffff:0:0/96), which no honest DNS record holds.
    let handed_out = segments[0] & 0xe000 == 0x2000;
    let tunnels = segments[0] == 0x2002 || segments[..2] == [0x2001, 0];
    let documentation = segments[..2] == [0x2001, 0xdb8] || segments[0] == 0x3fff;
    handed_out && !tunnels && !documentation
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot set its scene should fail there")]

    use super::*;
    use tokio::net::UdpSocket;

    /// A DNS server that knows these IPv4 addresses for every name (none: the name does not exist).
    async fn serve(socket: UdpSocket, addresses: Vec<Ipv4Addr>) {
        let mut query = [0; 512];
        while let Ok((length, peer)) = socket.recv_from(&mut query).await {
            socket.send_to(&answer(&query[..length], &addresses), peer).await.unwrap();
        }
    }

    fn answer(query: &[u8], addresses: &[Ipv4Addr]) -> Vec<u8> {
        let name_end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 1;
        let asks_for_v4 = query[name_end..name_end + 2] == [0, 1];
        let answers = if asks_for_v4 { addresses } else { &[] };
        let code = if addresses.is_empty() { 3 } else { 0 };
        let count = u8::try_from(answers.len()).unwrap();
        let mut reply = [&query[..2], &[0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]].concat();
        reply.extend(&query[12..name_end + 4]);
        for address in answers {
            reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
            reply.extend(address.octets());
        }
        reply
    }

    /// What `host` resolves to when DNS says `addresses`.
    async fn ask(addresses: &[[u8; 4]], host: &str, reach: Reach) -> Result<Vec<IpAddr>, ResolveError> {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let resolver = Resolver::with_server(socket.local_addr().unwrap()).unwrap();
        let known = addresses.iter().map(|octets| Ipv4Addr::from(*octets)).collect();
        tokio::select! {
            () = serve(socket, known) => unreachable!(),
            result = resolver.addresses(host, reach) => result,
        }
    }

    #[tokio::test]
    async fn a_public_name_is_found() {
        let found = ask(&[[93, 184, 216, 34]], "shop.example.com", Reach::Public).await;
        assert_eq!(found, Ok(vec![IpAddr::from([93, 184, 216, 34])]));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_unless_the_owner_configured_it() {
        let inside = [[10, 0, 0, 5], [127, 0, 0, 1]];
        let refused = ask(&inside, "evil.example.com", Reach::Public).await;
        assert_eq!(refused, Err(ResolveError::NotPublic { host: "evil.example.com".into() }));
        assert_eq!(ask(&inside, "mail.example.com", Reach::Configured).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn of_a_mixed_answer_only_the_public_part_is_given() {
        let found = ask(&[[192, 168, 1, 1], [93, 184, 216, 34]], "mixed.example.com", Reach::Public).await;
        assert_eq!(found, Ok(vec![IpAddr::from([93, 184, 216, 34])]));
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_is_said_so() {
        let found = ask(&[], "nowhere.example.com", Reach::Configured).await;
        assert_eq!(found, Err(ResolveError::NotFound { host: "nowhere.example.com".into() }));
    }

    #[tokio::test]
    async fn a_silent_server_costs_bounded_time() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut resolver = Resolver::with_server(silent.local_addr().unwrap()).unwrap();
        resolver.timeout = Duration::from_millis(100);
        let found = resolver.addresses("slow.example.com", Reach::Public).await;
        assert_eq!(found, Err(ResolveError::TimedOut { host: "slow.example.com".into() }));
    }

    fn of_contents(contents: Option<&[u8]>) -> Result<Resolver, ResolveError> {
        Ok(Resolver::asking(Asked::of(contents.map(<[u8]>::to_vec))?))
    }

    #[tokio::test]
    async fn servers_that_are_named_after_the_start_are_asked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("resolv.conf");
        let resolver = Resolver::of_file(&file).unwrap();
        let clone = resolver.clone();
        let asked = || resolver.addresses("stripe.example.com", Reach::Public);
        assert_eq!(asked().await, Err(ResolveError::NoNameServer { host: "stripe.example.com".into() }));
        // Whether somebody answers there or nobody, they are asked.
        std::fs::write(&file, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n").unwrap();
        assert_ne!(asked().await, Err(ResolveError::NoNameServer { host: "stripe.example.com".into() }));
        assert!(clone.asked().servers_known, "by every clone");
        std::fs::remove_file(&file).unwrap();
        assert!(!resolver.asked().servers_known || resolver.read_anew(), "and the other way round");
        assert!(!resolver.read_anew(), "what has not changed is not read as new");
    }

    #[tokio::test]
    async fn without_servers_addresses_and_localhost_work_and_names_fail_plainly() {
        for contents in [None, Some(&b"# no network here\n"[..])] {
            let resolver = of_contents(contents).unwrap();
            let addresses = async |host| resolver.addresses(host, Reach::Configured).await;
            assert_eq!(addresses("192.168.1.9").await, Ok(vec![IpAddr::from([192, 168, 1, 9])]));
            assert_eq!(addresses("[::1]").await, Ok(vec![IpAddr::from(Ipv6Addr::LOCALHOST)]));
            assert_eq!(addresses("::1").await, Ok(vec![IpAddr::from(Ipv6Addr::LOCALHOST)]));
            assert_eq!(addresses("LocalHost.").await.unwrap()[0], IpAddr::from(Ipv4Addr::LOCALHOST));
            assert_eq!(addresses("app.localhost").await.unwrap().len(), 2);
            let failed = addresses("stripe.example.com").await;
            assert_eq!(failed, Err(ResolveError::NoNameServer { host: "stripe.example.com".into() }));
        }
    }

    #[tokio::test]
    async fn what_is_no_name_never_becomes_a_question() {
        let resolver = of_contents(None).unwrap();
        for host in ["", "a b", "user@host", "host:25", "http://host", "[::1", "evil\r\nhost", &"a".repeat(254), "a..b"]
        {
            let refused = resolver.addresses(host, Reach::Configured).await;
            assert_eq!(refused, Err(ResolveError::NotAName { host: shown(host) }), "{host:?}");
        }
        assert!(!shown("evil\r\nhost").contains('\n'));
    }

    #[test]
    fn only_the_open_internet_is_public() {
        let inside = [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001:0:1::",
            "64:ff9b::10.0.0.1",
        ];
        for address in inside {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        let outside = ["1.1.1.1", "100.63.0.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::1.1.1.1"];
        for address in outside {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[tokio::test]
    async fn literal_addresses_pass_the_same_filter() {
        let resolver = of_contents(None).unwrap();
        for host in ["127.0.0.1", "[::1]", "::ffff:10.0.0.1", "localhost", "169.254.169.254"] {
            let refused = resolver.addresses(host, Reach::Public).await;
            assert_eq!(refused, Err(ResolveError::NotPublic { host: host.into() }));
        }
    }
}
