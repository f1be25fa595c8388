//! A small HTTP server for one reader on the same machine: GET of a few pages, each connection once, all of it bounded.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Longest head of a request.
const LONGEST_HEAD: u64 = 8 * 1024;
/// Longest that a reader may take for its request, or for taking the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most readers at a time.
const MOST_READERS: usize = 32;

/// What is answered.
pub(crate) struct Page {
    pub(crate) status: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Page {
    pub(crate) fn html(body: String) -> Self {
        Self {
            status: "200 OK",
            kind: "text/html; charset=utf-8",
            body: body.into_bytes(),
        }
    }

    pub(crate) fn plain(status: &'static str, body: &str) -> Self {
        Self {
            status,
            kind: "text/plain; charset=utf-8",
            body: body.as_bytes().to_vec(),
        }
    }
}

/// Answers until the process ends. `answer` gets the path that is asked for.
pub(crate) fn run(
    listener: &TcpListener,
    answer: Arc<dyn Fn(&str) -> Page + Send + Sync>,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    let readers = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        if readers.fetch_add(1, Ordering::SeqCst) >= MOST_READERS {
            readers.fetch_sub(1, Ordering::SeqCst);
            let _ = send(
                &stream,
                &Page::plain("503 Service Unavailable", "too many readers"),
                true,
            );
            continue;
        }
        let (answer, readers) = (Arc::clone(&answer), Arc::clone(&readers));
        std::thread::spawn(move || {
            // A reader that hangs up is no fault of anyone.
            let _ = serve(&stream, &*answer, address.ip());
            readers.fetch_sub(1, Ordering::SeqCst);
        });
    }
    Ok(())
}

fn serve(
    stream: &TcpStream,
    answer: &(dyn Fn(&str) -> Page + Send + Sync),
    at: IpAddr,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = head(stream)?;
    let mut lines = request.lines();
    let mut first = lines.next().unwrap_or("").split(' ');
    let (method, target) = (first.next().unwrap_or(""), first.next().unwrap_or(""));
    let host = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map_or("", |(_, value)| value.trim());
    let page = if !is_own(host, at) {
        Page::plain(
            "421 Misdirected Request",
            "this server goes by another name",
        )
    } else if method != "GET" && method != "HEAD" {
        Page::plain("405 Method Not Allowed", "only GET and HEAD")
    } else {
        let path = target.split(['?', '#']).next().unwrap_or("");
        answer(path)
    };
    send(stream, &page, method != "HEAD")
}

/// The head of a request, at most as long as is allowed.
fn head(stream: &TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream).take(LONGEST_HEAD);
    let mut head = Vec::new();
    loop {
        let before = head.len();
        reader.read_until(b'\n', &mut head)?;
        let line = &head[before..];
        if line.is_empty() || line == b"\r\n" || line == b"\n" {
            return Ok(String::from_utf8_lossy(&head).into_owned());
        }
    }
}

/// Whether a request means this server: pages of others that make a name of theirs point here do not get an answer.
fn is_own(host: &str, at: IpAddr) -> bool {
    if !at.is_loopback() {
        return true;
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn send(mut stream: &TcpStream, page: &Page, with_body: bool) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nConnection: close\r\n\r\n",
        page.status,
        page.kind,
        page.body.len()
    );
    stream.write_all(head.as_bytes())?;
    if with_body {
        stream.write_all(&page.body)?;
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_names_are_answered() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        for host in [
            "localhost:80",
            "127.0.0.1:7878",
            "[::1]:7878",
            "localhost",
            "127.0.0.2",
        ] {
            assert!(is_own(host, loopback), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:7878",
            "192.168.0.1",
        ] {
            assert!(!is_own(host, loopback), "{host}");
        }
        assert!(is_own("desk.example", "192.168.0.1".parse().unwrap()));
    }
}
