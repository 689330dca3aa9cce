//! A Chromium without a window, driven through Debian's ChromeDriver.
//!
//! Pictures of what was seen are kept in `tests/screenshots` (hidden by `.gitignore`), so that a person can look at them.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use thirtyfour::ChromeCapabilities;
use thirtyfour::prelude::*;

/// How long a page may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

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
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need chromedriver; tests/run installs it");
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
        let address = format!("http://127.0.0.1:{port}");
        let driver = connect(&address, &capabilities).await;
        driver.set_implicit_wait_timeout(Duration::from_secs(2)).await.unwrap();
        let browser = Self { driver, process, _profile: profile };
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

async fn connect(address: &str, capabilities: &ChromeCapabilities) -> WebDriver {
    for _ in 0..100 {
        if let Ok(driver) = WebDriver::new(address, capabilities.clone()).await {
            return driver;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("chromedriver at {address} did not start a browser");
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
