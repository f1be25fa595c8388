//! Calls Graphviz, where it is installed.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest that Graphviz may think about a picture.
const PATIENCE: Duration = Duration::from_secs(60);

/// The version of the `dot` on the path.
pub(crate) fn version() -> Option<String> {
    let output = Command::new("dot").arg("-V").output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let words = said.split("version ").nth(1)?;
    output
        .status
        .success()
        .then(|| words.split_whitespace().next().unwrap_or("").to_owned())
}

/// Turns DOT into `svg`, `png` or `pdf`; why not, where that fails.
pub(crate) fn draw(dot: &str, form: &str) -> Result<Vec<u8>, String> {
    let mut child = Command::new("dot")
        .arg(format!("-T{form}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("`dot` cannot be started: {e}"))?;
    let (Some(mut input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("`dot` has no streams".to_owned());
    };
    let text = dot.to_owned();
    // It may write before it has read everything.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let reader = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).map(|_| bytes)
    });
    let finished = wait(&mut child);
    let _ = writer.join();
    let bytes = reader.join();
    if !finished {
        return Err(format!(
            "`dot` was stopped after {} seconds",
            PATIENCE.as_secs()
        ));
    }
    match bytes {
        Ok(Ok(bytes)) if !bytes.is_empty() => Ok(bytes),
        _ => Err("`dot` gave no picture".to_owned()),
    }
}

/// Waits for the end, and makes an end where it takes too long; whether it ended well by itself.
fn wait(child: &mut Child) -> bool {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}
