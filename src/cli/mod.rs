//! The command line: arguments, files, streams and exit codes.

mod args;
mod browser;
mod commands;
mod failure;
mod graphviz;
mod output;
mod server;
mod session;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::Parser as _;
use failure::Failure;

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        use std::io::Write as _;
        let _ = writeln!(
            std::io::stderr(),
            "error: this is a bug in oretrace, not in your files: {panic}\n  help: please report it with the command and the files"
        );
    }));
    let cli = Cli::parse();
    let outcome = std::panic::catch_unwind(|| dispatch(&cli.command));
    ExitCode::from(match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => failure.report(),
        Err(_) => failure::BUG,
    })
}

fn dispatch(command: &Command) -> Result<u8, Failure> {
    match command {
        Command::List(args) => commands::list::list(args),
        Command::Exposure(args) => commands::exposure::exposure(args),
        Command::Tiers(args) => commands::tiers::tiers(args),
        Command::Share(args) => commands::share::share(args),
        Command::Chokepoints(args) => commands::chokepoints::chokepoints(args),
        Command::Limits(args) => commands::limits::limits(args),
        Command::Why(args) => commands::why::why(args),
        Command::Criticality(args) => commands::criticality::criticality(args),
        Command::Cascade(args) => commands::cascade::cascade(args),
        Command::Diff(args) => commands::diff::diff(args),
        Command::Plan(args) => commands::plan::plan(args),
        Command::Render(args) => commands::render::render(args),
        Command::Report(args) => commands::report::report(args),
        Command::Open(args) => commands::report::open(args),
        Command::Serve(args) => commands::serve::serve(args),
        Command::Check(args) => commands::check::check(args),
    }
}
