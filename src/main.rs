//! The `oretrace` program. Everything it computes is in the library; this file only starts the command line.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
