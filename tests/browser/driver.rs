//! A Chromium without a window, driven through Debian's ChromeDriver.
//!
//! Pictures of what was seen are kept in `tests/screenshots` (hidden by `.gitignore`), so that a person can look at them.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use thirtyfour::prelude::*;

use crate::support::PATIENCE;

/// Notes what a page does wrong: scripts that fail, and whatever the security policy had to stop.
const COMPLAINTS: &str = "
    window.__complaints = [];
    const note = (text) => window.__complaints.push(text);
    addEventListener('securitypolicyviolation', (event) => note(`${event.violatedDirective}: ${event.blockedURI}`));
    addEventListener('error', (event) => note(event.message ?? `${event.target.src ?? event.target.href} did not load`), true);
    addEventListener('unhandledrejection', (event) => note(String(event.reason)));
";

/// One browser, closed when it is dropped.
pub struct Browser {
    pub driver: WebDriver,
    process: Child,
    /// Kept open, so that the driver may go on talking.
    _said: BufReader<ChildStdout>,
    _profile: tempfile::TempDir,
}

/// How wide the window is.
#[derive(Clone, Copy, Debug)]
pub enum Screen {
    Phone,
    Desktop,
}

impl Browser {
    pub async fn open(screen: Screen) -> Self {
        // The driver's client brings none of its own; another test of this program may have been faster.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need chromedriver; tests/run installs it");
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let port = tokio::task::block_in_place(|| port(&mut said));
        let profile = tempfile::tempdir().unwrap();
        let (width, height) = match screen {
            Screen::Phone => (500, 844), // a window is never narrower; the page is, see below
            Screen::Desktop => (1280, 900),
        };
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &format!("--user-data-dir={}", profile.path().display()),
            &format!("--window-size={width},{height}"),
        ] {
            capabilities.add_arg(argument).unwrap();
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.unwrap();
        driver.set_implicit_wait_timeout(PATIENCE / 4).await.unwrap();
        let browser = Self { driver, process, _said: said, _profile: profile };
        let source = serde_json::json!({"source": COMPLAINTS});
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", source).await;
        if matches!(screen, Screen::Phone) {
            let size = serde_json::json!({"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true});
            browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        }
        browser
    }

    async fn devtools(&self, command: &str, arguments: serde_json::Value) {
        self.driver.cdp().send_raw(command, arguments).await.unwrap();
    }

    pub async fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = serde_json::json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    pub async fn go(&self, address: &str) {
        self.driver.goto(address).await.unwrap();
    }

    /// Types into the field of this name, in place of what is there.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = self.find(By::Name(name)).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses the option of this value.
    pub async fn choose(&self, name: &str, value: &str) {
        let option = format!("select[name='{name}'] option[value='{value}']");
        self.find(By::Css(option.as_str())).await.click().await.unwrap();
    }

    /// Presses the button or follows the link that says this.
    pub async fn press(&self, words: &str) {
        let path =
            format!("//button[contains(normalize-space(.), '{words}')] | //a[contains(normalize-space(.), '{words}')]");
        let found = self.driver.find_all(By::XPath(path.as_str())).await.unwrap();
        for element in found {
            if element.is_displayed().await.unwrap_or(false) {
                element.scroll_into_view().await.unwrap();
                element.click().await.unwrap();
                return;
            }
        }
        panic!("no button or link says {words:?} on\n{}", self.text().await);
    }

    pub async fn find(&self, by: By) -> WebElement {
        match self.driver.find(by.clone()).await {
            Ok(element) => element,
            Err(error) => panic!("{by:?}: {error}\n{} shows\n{}", self.address().await, self.text().await),
        }
    }

    pub async fn address(&self) -> String {
        self.driver.current_url().await.unwrap().to_string()
    }

    pub async fn text(&self) -> String {
        match self.driver.find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// Waits until the page says this.
    pub async fn sees(&self, words: &str) {
        let until = std::time::Instant::now() + PATIENCE;
        while std::time::Instant::now() < until {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} never said {words:?}; it shows\n{}", self.address().await, self.text().await);
    }

    /// Nothing on the page is wider than the window.
    pub async fn fits(&self) {
        let overflow = "return document.scrollingElement.scrollWidth - document.documentElement.clientWidth";
        let pixels: i64 = self.driver.execute(overflow, vec![]).await.unwrap().convert().unwrap();
        assert!(pixels <= 0, "{} is {pixels} pixels too wide", self.address().await);
    }

    /// Keeps a picture of the window, in light and in dark, and looks at what no picture shows.
    pub async fn picture(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        for (dark, ending) in [(false, "light"), (true, "dark")] {
            self.dark(dark).await;
            self.driver.execute("document.getAnimations().forEach(moving => moving.finish())", vec![]).await.unwrap();
            self.driver.screenshot(&folder.join(format!("{name}-{ending}.png"))).await.unwrap();
        }
        self.dark(false).await;
        self.fits().await;
        self.is_content().await;
    }

    /// The browser had nothing to complain about on this page.
    pub async fn is_content(&self) {
        let log = self.driver.execute("return window.__complaints", vec![]).await.unwrap();
        let complaints: Vec<String> = log.convert().unwrap();
        assert!(complaints.is_empty(), "{}: {complaints:?}", self.address().await);
    }

    pub async fn close(self) {
        self.driver.clone().quit().await.unwrap();
    }
}

/// Where the driver says that it listens.
fn port(said: &mut BufReader<ChildStdout>) -> u16 {
    let mut lines = said.lines().map(Result::unwrap);
    let found = lines.find_map(|line| line.split_once(" successfully on port ").map(|(_, port)| port.to_owned()));
    let port = found.expect("chromedriver did not start");
    port.trim_end_matches('.').parse().unwrap()
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
