//! Opens pages in the default browser.

use std::process::{Command, Stdio};

use super::failure::{Failure, OK};

/// How each system opens a page. `ORETRACE_BROWSER` names a program to use instead.
fn openers() -> Vec<(String, Vec<&'static str>)> {
    if let Ok(browser) = std::env::var("ORETRACE_BROWSER") {
        return vec![(browser, Vec::new())];
    }
    if cfg!(target_os = "macos") {
        vec![("open".to_owned(), Vec::new())]
    } else if cfg!(windows) {
        vec![("rundll32".to_owned(), vec!["url.dll,FileProtocolHandler"])]
    } else {
        let names = ["xdg-open", "gio", "sensible-browser"];
        let first = |name: &str| {
            if name == "gio" {
                vec!["open"]
            } else {
                Vec::new()
            }
        };
        names.iter().map(|n| ((*n).to_owned(), first(n))).collect()
    }
}

/// Opens a file or address; where nothing opens it, says where it is.
pub(crate) fn open_in_browser(place: &str) -> Result<u8, Failure> {
    for (program, arguments) in openers() {
        let started = Command::new(program)
            .args(arguments)
            .arg(place)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if started.is_ok_and(|s| s.success()) {
            return Ok(OK);
        }
    }
    Err(Failure::usage(
        "no browser could be started",
        Some(format!("open it yourself: {place}")),
    ))
}
