//! From what was written to what is meant: types, defaults, and the settings that follow from one another.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::backup::{self, Backup, ObjectStore};
use super::entrance::{self, Acme, Place};
use super::error::{ConfigError, Flaw};
use super::given::{Given, Givens, Value};
use super::host::Domain;
use super::interval::interval;
use super::keys::Key;
use super::plain::{self, TlsChoice};
use super::provenance::Origin;
use super::read::Found;
use super::secret::{StripeKey, WebhookSecret};
use super::web_origin::{WebOrigin, api_origin, checkout_origin, s3_origin};
use super::{Config, Log, LogFormat, Mail, Network, Recipient, Reconcile, Sender, Server, SmtpAddress, Stripe, Tls};

const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// Every address of the machine, of both families where there are both.
const HTTPS_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 443);
const HTTP_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 80);

/// Stripe confirms by webhook within seconds; a pass this often finds what got lost, well within the ration of reads.
const INTERVAL_DEFAULT: Duration = Duration::from_mins(15);

/// Valid if it adds no error; otherwise defaults stand where values were wrong, so that everything wrong is found.
pub(super) fn config(found: Found, errors: &mut Vec<ConfigError>) -> Config {
    let mut reader = Reader { givens: &found.givens, errors };
    let data_dir = reader.one("data_dir", plain::folder).unwrap_or_else(|| PathBuf::from("./data"));
    let server = server(&mut reader);
    let stripe = Stripe {
        secret_key: reader.one("stripe.secret_key", StripeKey::from_str),
        webhook_secrets: reader.list("stripe.webhook_secrets", WebhookSecret::from_str),
        api_base: reader.one("stripe.api_base", api_origin),
        checkout_origins: reader.list("stripe.checkout_origins", checkout_origin),
    };
    reader.keep_live_key_from_strangers(&stripe);
    let mail =
        Mail { smtp: reader.one("mail.smtp", SmtpAddress::from_str), from: reader.one("mail.from", Sender::from_str) };
    let reconcile =
        Reconcile { interval: reader.one("reconcile.interval", interval).unwrap_or(Some(INTERVAL_DEFAULT)) };
    let backup = backup(&mut reader);
    let log = Log { format: reader.one("log.format", plain::log_format).unwrap_or(LogFormat::Text) };
    let origins = found.givens.into_iter().map(|(key, given)| (key, given.origin)).collect();
    Config { data_dir, server, stripe, mail, reconcile, backup, log, file: found.file, origins }
}

fn backup(reader: &mut Reader<'_>) -> Backup {
    let usual = Backup::default();
    Backup {
        at: reader.one("backup.at", backup::at).unwrap_or(usual.at),
        keep: reader.one("backup.keep", backup::keep).unwrap_or(usual.keep),
        directory: reader.one("backup.directory", plain::folder),
        recipients: reader.list("backup.recipients", Recipient::from_str),
        s3: object_store(reader),
    }
}

/// All of it, or none: half a way out would be found at night.
fn object_store(reader: &mut Reader<'_>) -> Option<ObjectStore> {
    let endpoint = reader.one("backup.s3.endpoint", s3_origin);
    let bucket = reader.one("backup.s3.bucket", backup::bucket);
    let access_key = reader.one("backup.s3.access_key", backup::access_key);
    let secret_key = reader.one("backup.s3.secret_key", backup::secret_key);
    let region = reader.one("backup.s3.region", backup::region);
    let prefix = reader.one("backup.s3.prefix", backup::prefix);
    let roots_file = reader.one("backup.s3.roots_file", plain::file);
    let given = reader.givens.iter().find(|(key, _)| key.starts_with("backup.s3."));
    let (set, place) = given.map(|(key, given)| (*key, given.origin.clone()))?;
    for (key, such_as) in [
        ("backup.s3.endpoint", "where the store is, such as https://s3.eu-central-1.amazonaws.com"),
        ("backup.s3.bucket", "the bucket that the backups go into"),
        ("backup.s3.access_key", "the name of the key that may write there"),
        ("backup.s3.secret_key", "the secret of that key, or backup.s3.secret_key_file to a file that holds it"),
    ] {
        if !reader.givens.contains_key(key) && !reader.is_named_in_a_file(key) {
            reader.errors.push(ConfigError::Needs { place: place.clone(), set, key, such_as });
        }
    }
    Some(ObjectStore {
        endpoint: endpoint?,
        region: region.unwrap_or_else(ObjectStore::usual_region),
        bucket: bucket?,
        prefix: prefix.unwrap_or_default(),
        access_key: access_key?,
        secret_key: secret_key?,
        roots_file,
    })
}

fn server(reader: &mut Reader<'_>) -> Server {
    let (listen, socket) = match reader.one("server.listen", entrance::listen) {
        Some(Place::Address(address)) => (address, None),
        Some(Place::Socket(path)) => (LISTEN_DEFAULT, Some(path)),
        None => (LISTEN_DEFAULT, None),
    };
    let domain = reader.one("server.domain", Domain::from_str);
    let follows = domain.as_ref().map_or_else(|| WebOrigin::http(listen), WebOrigin::https);
    let public_url = reader.one("server.public_url", WebOrigin::from_str);
    if let (Some(socket), None, None) = (&socket, &domain, &public_url) {
        reader.needs_public_url(socket);
    }
    let tls = tls(reader, domain.as_ref());
    let doors = doors(reader, &tls, listen);
    Server {
        listen,
        socket,
        https_listen: doors.https,
        http_listen: doors.http,
        public_url: public_url.unwrap_or(follows),
        domain,
        tls,
        authority: authority(reader),
        trusted_proxies: reader.list("server.trusted_proxies", Network::from_str),
        is_for_show: false,
    }
}

/// Where visitors come in.
struct Doors {
    https: Option<SocketAddr>,
    http: Option<SocketAddr>,
}

/// Where visitors come in, over HTTPS and over HTTP. Without TLS both doors stay shut.
fn doors(reader: &mut Reader<'_>, tls: &Tls, listen: SocketAddr) -> Doors {
    let https = reader.one("server.https_listen", entrance::listen_or_off).unwrap_or(Some(HTTPS_DEFAULT));
    let http = reader.one("server.http_listen", entrance::listen_or_off).unwrap_or(Some(HTTP_DEFAULT));
    if *tls == Tls::Off {
        return Doors { https: None, http: None };
    }
    let is_same =
        |one: Option<SocketAddr>, other: Option<SocketAddr>| one == other && one.is_some_and(|a| a.port() != 0);
    if is_same(http, https) {
        reader.refuse_same("server.http_listen", "server.https_listen");
    }
    if is_same(https, Some(listen)) {
        reader.refuse_same("server.https_listen", "server.listen");
    }
    if is_same(http, Some(listen)) {
        reader.refuse_same("server.http_listen", "server.listen");
    }
    if let (Tls::Acme(_), None, None) = (tls, https, http) {
        reader.refuse_shut_doors();
    }
    Doors { https, http }
}

fn authority(reader: &mut Reader<'_>) -> Acme {
    Acme {
        directory: reader.one("server.acme_directory", entrance::directory).unwrap_or_default(),
        contact: reader.one("server.acme_contact", entrance::contact),
        roots_file: reader.one("server.acme_roots_file", plain::file),
    }
}

fn tls(reader: &mut Reader<'_>, domain: Option<&Domain>) -> Tls {
    let cert_file = reader.one("server.cert_file", plain::file);
    let key_file = reader.one("server.key_file", plain::file);
    let usual = if domain.is_some() { TlsChoice::Acme } else { TlsChoice::Off };
    let choice = reader.one("server.tls", plain::tls).unwrap_or(usual);
    match (choice, domain, cert_file, key_file) {
        (TlsChoice::Acme, Some(domain), _, _) => Tls::Acme(domain.clone()),
        (TlsChoice::Files, _, Some(cert_file), Some(key_file)) => Tls::Files { cert_file, key_file },
        (TlsChoice::Off, ..) => Tls::Off,
        (TlsChoice::Acme, None, _, _) => {
            reader.needs("acme", "server.domain", "the public name, such as billing.example.com");
            Tls::Off
        }
        (TlsChoice::Files, ..) => {
            reader.needs("files", "server.cert_file", "the PEM file of the certificate and its chain");
            reader.needs("files", "server.key_file", "the PEM file of the certificate's private key");
            Tls::Off
        }
    }
}

/// Takes typed values out of what was given, and notes what is wrong with it.
struct Reader<'a> {
    givens: &'a Givens,
    errors: &'a mut Vec<ConfigError>,
}

impl Reader<'_> {
    fn one<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, Flaw>) -> Option<T> {
        let key = Key::named(name)?;
        let given = self.givens.get(key.name)?;
        self.value(key, given, parse)
    }

    /// A live key moves real money for whoever has it, so no start may send it to anybody but Stripe.
    fn keep_live_key_from_strangers(&mut self, stripe: &Stripe) {
        let (Some(key), Some(base)) = (&stripe.secret_key, &stripe.api_base) else { return };
        if stripe.may_have(key) {
            return;
        }
        let place = self.place_of("stripe.api_base");
        self.errors.push(ConfigError::LiveKeyAbroad { place, base: base.to_string() });
    }

    fn list<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, Flaw>) -> Vec<T> {
        let Some((key, given)) = Key::named(name).and_then(|key| Some((key, self.givens.get(key.name)?))) else {
            return Vec::new();
        };
        let place = given.origin.clone();
        let is_variable = matches!(place, Origin::Environment { .. });
        let Value::List(entries) = &given.value else {
            let flaw = flaw(key, "a list in square brackets", &given.value, "write [\"…\", \"…\"]");
            self.errors.push(ConfigError::Value { place, key: key.name, flaw });
            return Vec::new();
        };
        let most = key.most.unwrap_or_default();
        if entries.len() > most {
            self.errors.push(ConfigError::TooMany { place, key: key.name, count: entries.len(), most });
            return Vec::new();
        }
        // Whoever writes a list into a variable as into the file is told how it is written there.
        let parse = |text: &str| {
            let hinted = |flaw: Flaw| flaw.hint_otherwise("several are separated by commas");
            parse(text).map_err(|flaw| if is_variable { hinted(flaw) } else { flaw })
        };
        entries.iter().filter_map(|entry| self.value(key, entry, parse)).collect()
    }

    fn value<T>(&mut self, key: &Key, given: &Given, parse: impl Fn(&str) -> Result<T, Flaw>) -> Option<T> {
        let result = match &given.value {
            Value::Text(text) => parse(text),
            Value::Bare(number) if key.takes_number => parse(number),
            other if key.is_secret => Err(flaw(key, key.must_be, other, "write it in quotes")),
            other => Err(Flaw::of(key.must_be, other.described())),
        };
        let note = |flaw| ConfigError::Value { place: given.origin.clone(), key: key.name, flaw };
        result.map_err(|flaw| self.errors.push(note(flaw))).ok()
    }

    /// Whether the file of a secret is named; what is wrong with that was said already.
    fn is_named_in_a_file(&self, key: &str) -> bool {
        self.givens.contains_key(format!("{key}_file").as_str())
    }

    fn place_of(&self, key: &str) -> Origin {
        self.givens.get(key).map_or(Origin::Default, |given| given.origin.clone())
    }

    /// Nobody can open a Unix socket in a browser, so links need an address of their own.
    fn needs_public_url(&mut self, socket: &Path) {
        let (place, socket) = (self.place_of("server.listen"), socket.display().to_string());
        self.errors.push(ConfigError::SocketNeedsPublicUrl { place, socket });
    }

    /// Notes that `key` is the same address as `other`, at whichever of them somebody wrote.
    fn refuse_same(&mut self, key: &'static str, other: &'static str) {
        let (key, other) = if self.givens.contains_key(key) { (key, other) } else { (other, key) };
        self.errors.push(ConfigError::SameAddress { place: self.place_of(key), key, other });
    }

    fn refuse_shut_doors(&mut self) {
        self.errors.push(ConfigError::DoorsShut { place: self.place_of("server.http_listen") });
    }

    /// Notes that `server.tls` lacks `key`, unless somebody gave it (and was told what is wrong with it).
    fn needs(&mut self, tls: &'static str, key: &'static str, such_as: &'static str) {
        if !self.givens.contains_key(key) {
            let place = self.place_of("server.tls");
            self.errors.push(ConfigError::TlsNeeds { place, tls, key, such_as });
        }
    }
}

/// A value of the wrong type: repeated if that is harmless, described by a hint otherwise.
fn flaw(key: &Key, must_be: &'static str, value: &Value, hint: &'static str) -> Flaw {
    if key.is_secret { Flaw::of_secret(must_be, hint) } else { Flaw::of(must_be, value.described()).hint(hint) }
}
