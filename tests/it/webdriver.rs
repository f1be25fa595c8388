//! A small WebDriver client: just enough of the W3C protocol to drive a headless Chromium through its chromedriver.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A browser, ended when dropped.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

/// Programs that may be a Chromium.
const BROWSERS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

fn on_path(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|p| p.is_file())
}

impl Browser {
    /// Starts a browser with a window of some size; `None`, with words on stderr, where none can be had.
    #[expect(
        clippy::print_stderr,
        reason = "whoever reads the log must know what was not tested"
    )]
    pub(crate) fn start(width: u32, height: u32, downloads: &Path) -> Option<Self> {
        let program = BROWSERS.iter().find_map(|name| on_path(name));
        let driver = on_path("chromedriver");
        let (Some(program), Some(driver)) = (program, driver) else {
            eprintln!(
                "NOT TESTED: no Chromium with chromedriver is installed, so that no page was opened in a browser"
            );
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // It names port 0 first, then the one it got; what it says later must go somewhere.
        let mut said = BufReader::new(driver.stdout.take()?)
            .lines()
            .map_while(Result::ok);
        let port = said.find_map(|line| {
            let port: u16 = line
                .split("on port ")
                .nth(1)?
                .trim_end_matches('.')
                .parse()
                .ok()?;
            (port > 0).then_some(port)
        })?;
        std::thread::spawn(move || said.for_each(drop));
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
        };
        let options = json!({
            "binary": program,
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"],
            "prefs": {"download.default_directory": downloads, "download.prompt_for_download": false},
            "mobileEmulation": {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 1.0, "touch": false}},
        });
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let made = browser.call("POST", "/session", &wanted);
        made["sessionId"].as_str()?.clone_into(&mut browser.session);
        Some(browser)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        let value = answer["value"].clone();
        assert!(value["error"].is_null(), "{path}: {}", value["message"]);
        value
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.call(method, &format!("/session/{}{path}", self.session), body)
    }

    /// Goes to a page.
    pub(crate) fn open(&self, address: &str) {
        self.ask("POST", "/url", &json!({"url": address}));
    }

    /// Runs a script in the page and returns what it returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.ask(
            "POST",
            "/execute/sync",
            &json!({"script": script, "args": []}),
        )
    }

    /// Runs a script that calls `done` with its answer.
    pub(crate) fn run_async(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1];{script}");
        self.ask(
            "POST",
            "/execute/async",
            &json!({"script": script, "args": []}),
        )
    }

    /// Types into the element that a selector finds.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let found = self.ask(
            "POST",
            "/element",
            &json!({"using": "css selector", "value": selector}),
        );
        let id = found
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned();
        self.ask(
            "POST",
            &format!("/element/{id}/value"),
            &json!({"text": text}),
        );
    }

    /// Makes pages believe that the reader wants this scheme, `light` or `dark`.
    pub(crate) fn colour_scheme(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        let command =
            json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}});
        self.ask("POST", "/goog/cdp/execute", &command);
    }

    /// Messages of a kind since they were last asked for.
    pub(crate) fn log(&self, kind: &str) -> Vec<Value> {
        self.ask("POST", "/se/log", &json!({"type": kind}))
            .as_array()
            .cloned()
            .unwrap_or_default()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its session; a driver that has gone already takes it along.
        if !self.session.is_empty() && TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            self.ask("DELETE", "", &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
