//! The documents say what the program says: their console blocks are run, and their YAML is loaded.
//!
//! `UPDATE_DOCS=1 cargo test docs` rewrites the blocks and the pictures.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Documents with console blocks.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "docs/cli.md",
    "docs/criticality.md",
    "docs/methods.md",
];

/// Files that commands in the documents may name.
const EXAMPLES: &str = "docs/examples";

/// How documents call the program.
const CALLS: &[&str] = &["oretrace ", "cargo run --release -- "];

/// Runs every console block of a document and returns the document with what the program says now.
///
/// A YAML block whose first line is a comment with a file name is a file that the commands after it may name.
fn refreshed(text: &str, folder: &Path) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        writeln!(out, "{line}").unwrap();
        let language = line.strip_prefix("```");
        let Some(language) = language.filter(|l| !l.is_empty()) else {
            continue;
        };
        let mut block: Vec<&str> = Vec::new();
        while let Some(line) = lines.next_if(|l| *l != "```") {
            block.push(line);
        }
        match language {
            "console" => console(&block, folder, &mut out),
            _ => {
                let name = block.first().and_then(|l| l.strip_prefix("# "));
                if let Some(name) = name.filter(|n| language == "yaml" && n.ends_with(".yaml")) {
                    std::fs::write(folder.join(name), block.join("\n") + "\n").unwrap();
                }
                for line in block {
                    writeln!(out, "{line}").unwrap();
                }
            }
        }
    }
    out
}

/// Runs the commands of a block; what stood under them is replaced.
fn console(block: &[&str], folder: &Path, out: &mut String) {
    for line in block.iter().filter_map(|l| l.strip_prefix("$ ")) {
        let said = run(line, folder);
        writeln!(out, "$ {line}\n{said}").unwrap();
    }
    assert!(
        block.first().is_some_and(|l| l.starts_with("$ ")),
        "a console block begins with a command: {block:?}"
    );
}

/// What the program says to a command line, stdout first; line ends are trimmed. The line may end in `| head -n N`.
fn run(line: &str, folder: &Path) -> String {
    let (line, shown) = match line.split_once(" | head -n ") {
        Some((line, shown)) => (line, shown.parse().unwrap()),
        None => (line, usize::MAX),
    };
    let call = CALLS.iter().find_map(|c| line.strip_prefix(c));
    let Some(rest) = call else {
        panic!("only `oretrace` is run in console blocks, not `{line}`");
    };
    let args: Vec<&str> = rest.split_whitespace().collect();
    let output = Command::new(env!("CARGO_BIN_EXE_oretrace"))
        .args(args)
        .env("NO_COLOR", "1")
        .current_dir(folder)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let broken = output.status.code() == Some(3) && stderr.contains("--> oretrace:");
    assert!(!broken, "the built-in files are wrong:\n{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = stdout
        .lines()
        .take(shown)
        .chain(stderr.lines())
        .map(str::trim_end)
        .collect();
    lines.join("\n").trim_end().to_owned()
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn documents_show_what_the_program_says() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut stale = Vec::new();
    for document in DOCUMENTS {
        let path = root.join(document);
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = tempfile::tempdir().unwrap();
        copy_files(&root.join(EXAMPLES), &folder.path().join(EXAMPLES));
        let now = refreshed(&text, folder.path());
        if now == text {
            continue;
        }
        if update {
            std::fs::write(&path, now).unwrap();
        } else {
            let at = text
                .lines()
                .zip(now.lines())
                .position(|(a, b)| a != b)
                .unwrap_or(0);
            let line = |text: &str| text.lines().nth(at).unwrap_or("").to_owned();
            stale.push(format!(
                "{document}:{}\n  has  {}\n  now  {}",
                at + 1,
                line(&text),
                line(&now)
            ));
        }
    }
    assert!(
        stale.is_empty(),
        "`UPDATE_DOCS=1 cargo test docs` refreshes what is out of date:\n{}",
        stale.join("\n")
    );
}

/// The commands of the gallery, each under the picture that it draws: `oretrace render ... -o NAME.svg`.
fn gallery() -> Vec<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/gallery/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let commands = text.lines().filter_map(|l| l.strip_prefix("oretrace "));
    commands
        .map(|c| c.split_whitespace().map(str::to_owned).collect())
        .collect()
}

#[test]
fn pictures_are_those_the_program_draws() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/gallery");
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut stale = Vec::new();
    let mut names = vec!["README.md".to_owned()];
    for args in gallery() {
        let name = args.last().unwrap();
        let drawn = tempfile::tempdir().unwrap();
        // The layout built in gives the same bytes everywhere.
        let output = Command::new(env!("CARGO_BIN_EXE_oretrace"))
            .args(&args)
            .args(["--engine", "built-in"])
            .current_dir(drawn.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {said}");
        let now = std::fs::read(drawn.path().join(name)).unwrap();
        names.push(name.clone());
        if std::fs::read(folder.join(name)).is_ok_and(|known| known == now) {
            continue;
        }
        if update {
            std::fs::write(folder.join(name), now).unwrap();
        } else {
            stale.push(name.clone());
        }
    }
    assert!(
        stale.is_empty(),
        "`UPDATE_DOCS=1 cargo test docs` redraws what is out of date: {stale:?}"
    );
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            names.contains(&name),
            "{name} is in no command of the gallery"
        );
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut documents = vec![root.join("README.md"), root.join("docs/gallery/README.md")];
    let docs = std::fs::read_dir(root.join("docs")).unwrap();
    documents.extend(
        docs.map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "md")),
    );
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        let targets = text.split("](").skip(1).filter_map(|t| t.split(')').next());
        for target in targets.filter(|t| !t.contains("://") && !t.contains(' ')) {
            let file = target.split('#').next().unwrap_or("");
            let path = document.parent().unwrap().join(file);
            assert!(
                file.is_empty() || path.exists(),
                "{}: {target}",
                document.display()
            );
        }
    }
}
