//! Pebble, the certificate authority that Let's Encrypt tests with, and a name server that leads every name to us.
//!
//! Each has an address of its own on the loopback network, so that tests beside one another need no free ports.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use serde_json::json;
use tokio::net::TcpStream;

use super::{Root, Visitor};
use crate::support::until;

/// Where pebble looks for proofs.
pub const TLS_PORT: u16 = 5001;
pub const HTTP_PORT: u16 = 5002;
const DIRECTORY_PORT: u16 = 14_000;
const MANAGEMENT_PORT: u16 = 15_000;
const NAMES_PORT: u16 = 8053;
const NAMES_MANAGEMENT_PORT: u16 = 8055;

static USED: AtomicU8 = AtomicU8::new(0);

/// A running authority; gone when dropped.
pub struct Authority {
    pub address: Ipv4Addr,
    /// Who vouches for its own HTTPS.
    pub root: Root,
    folder: tempfile::TempDir,
    processes: Vec<Child>,
}

impl Authority {
    /// One that issues for so many seconds and refuses one nonce in five.
    pub async fn start(life_seconds: u32) -> Self {
        let mine = std::process::id().to_le_bytes();
        let address = Ipv4Addr::new(127, 64 | (mine[1] & 63), mine[0], USED.fetch_add(1, Ordering::Relaxed) + 1);
        let (root, folder) = (Root::new(), tempfile::tempdir().unwrap());
        let mut authority = Self { address, root, folder, processes: Vec::new() };
        authority.start_names();
        authority.start_pebble(life_seconds);
        for port in [DIRECTORY_PORT, MANAGEMENT_PORT, NAMES_PORT] {
            let place = SocketAddr::from((address, port));
            until("pebble", async || TcpStream::connect(place).await.is_ok()).await;
        }
        authority
    }

    fn start_names(&mut self) {
        let address = self.address;
        let mut command = Command::new("pebble-challtestsrv");
        command.arg("-dns01").arg(format!("{address}:{NAMES_PORT}"));
        command.arg("-management").arg(format!("{address}:{NAMES_MANAGEMENT_PORT}"));
        command.arg("-defaultIPv4").arg(address.to_string()).args(["-defaultIPv6", ""]);
        command.args(["-http01", "", "-https01", "", "-tlsalpn01", ""]);
        self.run(command);
    }

    fn start_pebble(&mut self, life_seconds: u32) {
        let (address, path) = (self.address, |name: &str| self.folder.path().join(name));
        let (chain, key) = self.root.issue(&address.to_string(), 30);
        std::fs::write(path("cert.pem"), chain).unwrap();
        std::fs::write(path("key.pem"), key).unwrap();
        let config = json!({"pebble": {
            "listenAddress": format!("{address}:{DIRECTORY_PORT}"),
            "managementListenAddress": format!("{address}:{MANAGEMENT_PORT}"),
            "certificate": path("cert.pem"),
            "privateKey": path("key.pem"),
            "httpPort": HTTP_PORT,
            "tlsPort": TLS_PORT,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": life_seconds,
        }});
        std::fs::write(path("pebble.json"), config.to_string()).unwrap();
        let mut command = Command::new("pebble");
        command.arg("-config").arg(path("pebble.json")).arg("-dnsserver").arg(format!("{address}:{NAMES_PORT}"));
        command.env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_WFE_NONCEREJECT", "20").env("PEBBLE_AUTHZREUSE", "0");
        self.run(command);
    }

    fn run(&mut self, mut command: Command) {
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.processes.push(quiet.spawn().expect("these tests need pebble; tests/run installs it"));
    }

    pub fn directory(&self) -> String {
        format!("https://{}:{DIRECTORY_PORT}/dir", self.address)
    }

    /// Who vouches for what it issues. It makes itself new roots at every start.
    pub async fn issuing_root(&self) -> String {
        let management = SocketAddr::from((self.address, MANAGEMENT_PORT));
        let visitor = Visitor::speaking(&self.root.pem(), &[b"http/1.1"]);
        let page = visitor.get(management, &self.address.to_string(), "/roots/0").await.unwrap();
        page.text
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
