//! Behind a proxy, through a Unix socket: what the README says about Caddy and nginx, run as it stands there.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hyper::StatusCode;

use super::{NAME, Root, Visitor, file};
use crate::process::{Bench, Serving};
use crate::support::until;

/// Every block of the README between lines of three backquotes that is of this kind.
fn block(kind: &str) -> String {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, rest) = page.split_once(&format!("```{kind}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// A port that was free a moment ago.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Quittance at a Unix socket, and a program in front of it; both gone when dropped.
struct Behind {
    root: Root,
    address: SocketAddr,
    bench: Bench,
    serving: Serving,
    proxy: Child,
}

impl Behind {
    /// `proxy` is given the folder, where to listen, and the socket.
    async fn start(proxy: impl FnOnce(&Bench, SocketAddr, &str) -> Command) -> Self {
        let (bench, root, address) = (Bench::new(), Root::new(), free());
        let (chain, key) = root.issue(NAME, 90);
        std::fs::write(bench.path("cert.pem"), chain).unwrap();
        std::fs::write(bench.path("key.pem"), key).unwrap();
        let socket = bench.path("http.sock");
        let (name, url) = (format!("unix:{}", socket.display()), format!("https://{NAME}:{}", address.port()));
        let serving = bench.serve_socket(|command| {
            command.env("QUITTANCE_SERVER__LISTEN", &name).env("QUITTANCE_SERVER__PUBLIC_URL", &url);
            command.env("QUITTANCE_SERVER__ACME_ROOTS_FILE", file(&bench, "roots.pem", &root.pem()));
        });
        let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660, "the socket's group is the proxy's");
        let mut command = proxy(&bench, address, socket.to_str().unwrap());
        let log = std::fs::File::create(bench.path("proxy.log")).unwrap();
        let proxy = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn();
        let proxy = proxy.expect("these tests need caddy and nginx; tests/run installs them");
        let behind = Self { root, address, bench, serving, proxy };
        until("the proxy", async || behind.get("/healthz").await.is_some()).await;
        behind
    }

    async fn get(&self, path: &str) -> Option<super::Page> {
        let visitor = Visitor::new(&self.root.pem());
        let mut connection = visitor.connect(self.address, NAME).await.ok()?;
        Some(connection.get(&format!("{NAME}:{}", self.address.port()), path).await)
    }

    /// What must be so behind any proxy: the owner gets in, is told apart from others, and nothing is promised twice.
    async fn works(&self) {
        let login = self.get("/admin/setup").await.unwrap();
        assert!(login.text.contains("setup address"), "served over HTTPS, as far as Quittance knows: {login:?}");
        assert!(login.header("strict-transport-security").is_none(), "that is the proxy's business");
        let (visitor, host) = (Visitor::new(&self.root.pem()), format!("{NAME}:{}", self.address.port()));
        let mut connection = visitor.connect(self.address, NAME).await.unwrap();
        let webhook = hyper::Request::post("/webhooks/stripe").header("content-type", "application/json");
        let refused = connection.send(webhook, &host, "/webhooks/stripe", "{\"a\": 1}").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "the body arrives, and is not signed: {refused:?}");
        let forged = hyper::Request::get("/admin/setup").header("x-forwarded-for", "127.0.0.1");
        let page = connection.send(forged.header("x-forwarded-proto", "http"), &host, "/admin/setup", "").await;
        assert!(page.text.contains("setup address"), "what a visitor claims is overwritten: {page:?}");
        let looked = self.bench.run_like(&["doctor"], &self.serving);
        for line in
            ["ok   public-address  ", "ok   forwarding  the proxy says", "ok   certificate  good for 89 more days"]
        {
            assert!(looked.contains(line), "{line}: {looked}");
        }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
        if std::thread::panicking() {
            eprintln!("{}", std::fs::read_to_string(self.bench.path("proxy.log")).unwrap_or_default());
        }
    }
}

#[tokio::test]
#[ignore = "needs caddy: tests/run installs it"]
async fn behind_caddy_as_the_readme_says() {
    let behind = Behind::start(|bench, address, socket| {
        let [chain, key] = ["cert.pem", "key.pem"].map(|name| bench.path(name).display().to_string());
        // What differs from the README: the test's own certificate and port, and that no other port is opened.
        let block = block("caddy").replace("/run/quittance/http.sock", socket);
        let block = block.replacen(
            "pay.example.com {",
            &format!("https://{NAME}:{} {{\n  tls {chain} {key}", address.port()),
            1,
        );
        let config = format!("{{\n  admin off\n  auto_https disable_redirects\n}}\n{block}");
        std::fs::write(bench.path("Caddyfile"), config).unwrap();
        let mut command = Command::new("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(bench.path("Caddyfile"));
        command.env("XDG_DATA_HOME", bench.path("caddy")).env("XDG_CONFIG_HOME", bench.path("caddy"));
        command
    });
    behind.await.works().await;
}

#[tokio::test]
#[ignore = "needs nginx: tests/run installs it"]
async fn behind_nginx_as_the_readme_says() {
    let behind = Behind::start(|bench, address, socket| {
        let block = block("nginx").replace("/run/quittance/http.sock", socket);
        let block = block
            .replace("listen 443 ssl", &format!("listen {address} ssl"))
            .replace("pay.example.com;", &format!("{NAME};"));
        let block = ["cert.pem", "key.pem"].iter().fold(block, |block, name| {
            let usual = if *name == "cert.pem" { "fullchain.pem" } else { "privkey.pem" };
            block.replace(&format!("/etc/letsencrypt/live/pay.example.com/{usual}"), bench.path(name).to_str().unwrap())
        });
        // Without the second server of the README, which sends port 80 on.
        let block = block.split_once("\n\nserver {").map_or(block.clone(), |(first, _)| first.to_owned());
        let folder = bench.path("").display().to_string();
        let config = format!(
            "user root; daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\nhttp {{\n  access_log off;\n  \
             client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;\n  \
             uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{block}\n}}\n"
        );
        std::fs::write(bench.path("nginx.conf"), config).unwrap();
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-p").arg(&folder).arg("-c").arg(bench.path("nginx.conf"));
        command
    });
    behind.await.works().await;
}

#[test]
fn a_socket_that_a_killed_server_left_is_taken_over_and_a_living_one_is_not() {
    let bench = Bench::new();
    let name = format!("unix:{}", bench.path("http.sock").display());
    let add = |command: &mut Command| {
        command.env("QUITTANCE_SERVER__LISTEN", &name).env("QUITTANCE_SERVER__PUBLIC_URL", "https://pay.example.com");
    };
    let first = bench.serve_socket(add);
    let mut second = bench.command(&["serve"]);
    add(&mut second);
    second.env("QUITTANCE_DATA_DIR", bench.path("other"));
    let said = String::from_utf8(second.output().unwrap().stderr).unwrap();
    assert!(said.contains("cannot listen at the socket") && said.contains("stop what listens there"), "{said}");
    first.signal("KILL");
    assert!(!first.end().0.success());
    let again = bench.serve_socket(add);
    again.signal("TERM");
    assert!(again.end().0.success());
    assert!(!bench.path("http.sock").exists(), "whoever ends in order leaves nothing");
    let mut plain = bench.command(&["serve"]);
    std::fs::write(bench.path("http.sock"), "mine").unwrap();
    add(&mut plain);
    let said = String::from_utf8(plain.output().unwrap().stderr).unwrap();
    assert!(said.contains("take the file away if it is no socket"), "{said}");
    assert_eq!(std::fs::read_to_string(bench.path("http.sock")).unwrap(), "mine", "nothing else is removed");
}
