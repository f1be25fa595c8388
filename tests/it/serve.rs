//! `serve` and `open`: what is answered, to whom, and that pages follow their files.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::webdriver::Browser;

const GRAPH: &str = "oretrace: 1
title: Gadgets
commodities:
  ore: {name: Ore, stage: mine, unit: kg}
  gadget: {name: Gadget of old, stage: assembly, unit: unit, recipe: {ore: 2 kg}}
sites:
  pit: {country: AUS, makes: ore, output: 10 kg}
  works: {country: JPN, makes: gadget}
";

/// A server, ended when dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_oretrace"))
            .args(["serve", "gadget", "-g", "gadget.yaml", "--port", "0"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .split("http://127.0.0.1:")
            .nth(1)
            .expect("loopback by default");
        let port = address.split('/').next().unwrap().parse().unwrap();
        Self { child, port }
    }

    /// The status line and the rest of the answer to a request.
    fn ask(&self, method: &str, path: &str, host: &str) -> (String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (status, rest) = answer.split_once("\r\n").unwrap();
        (status.to_owned(), rest.to_owned())
    }

    fn get(&self, path: &str) -> (String, String) {
        self.ask("GET", path, "localhost")
    }

    /// Waits until the page is another one; the clock of files may be coarse, so that the file is written again each time.
    fn wait_for(&self, text: &str, change: impl Fn()) {
        for _ in 0..600 {
            change();
            if self.get("/").1.contains(text) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("`{text}` never came");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_answers_this_machine_only_and_follows_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gadget.yaml");
    std::fs::write(&file, GRAPH).unwrap();
    let server = Server::start(folder.path());
    let (status, page) = server.get("/");
    assert!(
        status.contains("200") && page.contains("Gadget of old"),
        "{status}"
    );
    for (method, path, host, wanted) in [
        ("GET", "/../../etc/passwd", "localhost", "404"),
        ("GET", "/gadget.yaml", "localhost", "404"),
        ("POST", "/", "localhost", "405"),
        ("GET", "/", "evil.example", "421"),
        ("GET", "/version", "127.0.0.1:1", "200"),
        ("", "", "localhost", "405"),
    ] {
        let (status, _) = server.ask(method, path, host);
        assert!(status.contains(wanted), "{method} {path} {host}: {status}");
    }
    let (head, body) = server.ask("HEAD", "/", "localhost");
    assert!(head.contains("200") && body.ends_with("\r\n\r\n"));
    let long = format!("/{}", "x".repeat(100_000));
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let _ = write!(stream, "GET {long} HTTP/1.1\r\n\r\n");
    drop(stream);
    server.wait_for("Gadget of now", || {
        std::fs::write(&file, GRAPH.replace("of old", "of now")).unwrap();
    });
    // While the file is wrong, the last page stays.
    std::fs::write(
        &file,
        "oretrace: 1\ncommodities: {gadget: {stage: nonsense}}\n",
    )
    .unwrap();
    assert!(server.get("/").1.contains("Gadget of now"));
    server.wait_for("Gadget again", || {
        std::fs::write(&file, GRAPH.replace("of old", "again")).unwrap();
    });
}

#[test]
fn an_open_page_follows_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gadget.yaml");
    std::fs::write(&file, GRAPH).unwrap();
    let Some(browser) = Browser::start(1000, 800, folder.path()) else {
        return;
    };
    let server = Server::start(folder.path());
    browser.open(&format!("http://127.0.0.1:{}/", server.port));
    let heading = || {
        let found =
            browser.run("const h = document.querySelector('h1'); return h ? h.textContent : ''");
        found.as_str().unwrap_or("").to_owned()
    };
    assert_eq!(heading(), "Gadget of old");
    for _ in 0..600 {
        std::fs::write(&file, GRAPH.replace("of old", "of now")).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(100));
        if heading() == "Gadget of now" {
            return;
        }
    }
    panic!("the page never followed");
}

#[test]
fn open_writes_a_page_and_starts_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gadget.yaml"), GRAPH).unwrap();
    let open = |browser: &str| {
        Command::new(env!("CARGO_BIN_EXE_oretrace"))
            .args(["open", "gadget", "-g", "gadget.yaml"])
            .env("ORETRACE_BROWSER", browser)
            .env("TMPDIR", folder.path())
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let opened = open("true");
    assert_eq!(opened.status.code(), Some(0));
    let pages = || {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        entries
            .filter(|e| {
                e.as_ref()
                    .unwrap()
                    .path()
                    .extension()
                    .is_some_and(|x| x == "html")
            })
            .count()
    };
    assert_eq!(pages(), 1);
    let failed = open("no-such-browser");
    assert_eq!(failed.status.code(), Some(2));
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(
        said.contains("open it yourself: ") && said.contains(".html"),
        "{said}"
    );
}
