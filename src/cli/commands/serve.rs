//! `oretrace serve`

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use clap::Args;
use oretrace::page::Mode;

use crate::cli::args::NetworkArgs;
use crate::cli::browser::open_in_browser;
use crate::cli::commands::report::{Written, all, one};
use crate::cli::failure::{Failure, OK};
use crate::cli::server::{Page, run};

/// Serves the report of a product, or a site of all of them, and makes it anew when a graph file changes.
///
/// Only this machine can reach it unless `--address` says otherwise. Pages in the browser follow by themselves.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Any commodity; `PRODUCT@COUNTRY` for one made there; or a site [default: all products].
    product: Option<String>,

    /// Show what this scenario changes: a file, or the name of a built-in one; may be repeated.
    #[arg(long, value_name = "SCENARIO")]
    scenario: Vec<String>,

    /// Port; 0 for any that is free.
    #[arg(long, default_value_t = 7878)]
    port: u16,

    /// Address to listen on; others than loopback let other machines read.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,

    /// Open it in the default browser.
    #[arg(long)]
    open: bool,

    #[command(flatten)]
    network: NetworkArgs,
}

/// What is served, and what it was made from.
struct Served {
    written: Written,
    stamp: Vec<(PathBuf, Option<SystemTime>, u64)>,
    version: u64,
    /// Whether the files have errors since.
    broken: bool,
}

pub(crate) fn serve(args: &ServeArgs) -> Result<u8, Failure> {
    let question = Question {
        product: args.product.clone(),
        scenario: args.scenario.clone(),
        network: args.network.clone(),
    };
    let listener = TcpListener::bind((args.address, args.port)).map_err(|e| {
        Failure::usage(
            format!("cannot listen on {}:{}: {e}", args.address, args.port),
            Some("choose another with `--port`, or any with `--port 0`".to_owned()),
        )
    })?;
    let written = question.write()?;
    let place = format!("http://{}/", listener.local_addr()?);
    let mut stdout = std::io::stdout();
    writeln!(stdout, "serving {place}; end it with Ctrl-C")?;
    stdout.flush()?;
    if !args.address.is_loopback() {
        let _ = writeln!(std::io::stderr(), "other machines can read this too");
    }
    if args.open {
        open_in_browser(&place)?;
    }
    let served = Mutex::new(Served {
        stamp: stamp(&question.watched(&written)),
        written,
        version: 0,
        broken: false,
    });
    let answer = move |path: &str| {
        let mut served = served.lock().unwrap_or_else(PoisonError::into_inner);
        answer(path, &question, &mut served)
    };
    run(&listener, Arc::new(answer))?;
    Ok(OK)
}

struct Question {
    product: Option<String>,
    scenario: Vec<String>,
    network: NetworkArgs,
}

impl Question {
    fn write(&self) -> Result<Written, Failure> {
        match &self.product {
            Some(product) => one(product, &self.scenario, &self.network, Mode::Served),
            None => all(&self.scenario, &self.network, Mode::Served),
        }
    }

    /// Files and folders that were read, and those that are named.
    fn watched(&self, written: &Written) -> Vec<PathBuf> {
        let mut watched = written.read.clone();
        watched.extend(self.network.graph.iter().cloned());
        watched.sort();
        watched.dedup();
        watched
    }
}

/// When each was changed last, and how large it is; a folder changes when files come or go.
fn stamp(watched: &[PathBuf]) -> Vec<(PathBuf, Option<SystemTime>, u64)> {
    let look = |path: &PathBuf| {
        let about = std::fs::metadata(path).ok();
        let when = about.as_ref().and_then(|m| m.modified().ok());
        (path.clone(), when, about.map_or(0, |m| m.len()))
    };
    watched.iter().map(look).collect()
}

fn answer(path: &str, question: &Question, served: &mut Served) -> Page {
    if path == "/version" || path == "/" {
        refresh(question, served);
    }
    if path == "/version" {
        return Page::plain("200 OK", &served.version.to_string());
    }
    let wanted = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    match served.written.files.iter().find(|(name, _)| name == wanted) {
        Some((_, text)) => Page::html(text.clone()),
        None => Page::plain("404 Not Found", "there is no such page"),
    }
}

/// Makes the pages anew if a file has changed; while the files have errors, the last pages stay.
fn refresh(question: &Question, served: &mut Served) {
    let now = stamp(&question.watched(&served.written));
    if now == served.stamp {
        return;
    }
    served.stamp = now;
    match question.write() {
        Ok(written) => {
            served.written = written;
            served.stamp = stamp(&question.watched(&served.written));
            served.version += 1;
            served.broken = false;
        }
        Err(failure) => {
            failure.report();
            if !served.broken {
                let _ = writeln!(
                    std::io::stderr(),
                    "the last pages stay until the files are right"
                );
            }
            served.broken = true;
        }
    }
}
