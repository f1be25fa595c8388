//! From the files named on the command line to all the documents they include, each once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fields::{Fields, Sink, list, text};
use super::reference::{self, BuiltIn};
use super::tables::TableFiles;
use super::yaml::{self, Node};
use super::{INCLUDE_PREFIX, REFERENCE};
use crate::diag::{
    Code, Diagnostic, FileId, ReadProblem, Sources, Span, is_table, printable, suggest,
};

/// One YAML file.
pub(crate) struct Document {
    pub(crate) node: Node,
}

/// Everything that was read.
#[derive(Default)]
pub(crate) struct Documents {
    pub(crate) documents: Vec<Document>,
    pub(crate) tables: Vec<TableFiles>,
}

/// Where an input begins.
#[derive(Clone, Debug)]
pub enum Input {
    /// A file or folder on disk.
    Path(PathBuf),
    /// The reference pack and every product graph that comes with the program.
    BuiltIn,
    /// A text in memory, already among the sources.
    Text(FileId),
}

/// The key under which a file is loaded once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Disk(PathBuf),
    Reference(&'static str),
    Graph(&'static str),
    Memory(FileId),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Done,
}

pub(crate) struct Collector<'s> {
    sources: &'s mut Sources,
    sink: &'s mut Sink,
    root: Option<PathBuf>,
    seen: BTreeMap<Key, State>,
    out: Documents,
}

/// What to load next: a file, or the mark that all it includes is done.
enum Step {
    Enter {
        key: Key,
        file: FileId,
        included_at: Option<Span>,
        root: Option<PathBuf>,
    },
    Leave(Key),
}

impl<'s> Collector<'s> {
    pub(crate) fn new(sources: &'s mut Sources, sink: &'s mut Sink, root: Option<PathBuf>) -> Self {
        Self {
            sources,
            sink,
            root,
            seen: BTreeMap::new(),
            out: Documents::default(),
        }
    }

    pub(crate) fn finish(self) -> Documents {
        self.out
    }

    /// Loads one input and all that it includes.
    pub(crate) fn add(&mut self, input: &Input) {
        match input {
            Input::Path(path) if path.is_dir() => self.add_folder(path),
            Input::Path(path) => {
                let root = self.root.clone().or_else(|| {
                    path.parent().map(|p| {
                        if p.as_os_str().is_empty() {
                            PathBuf::from(".")
                        } else {
                            p.to_path_buf()
                        }
                    })
                });
                if is_table(path) {
                    self.add_folder(
                        path.parent()
                            .filter(|p| !p.as_os_str().is_empty())
                            .unwrap_or(Path::new(".")),
                    );
                } else if let Some(step) = self.open_disk(path, root, None) {
                    self.run(vec![step]);
                }
            }
            Input::Text(file) => {
                let root = self.root.clone();
                self.run(vec![Step::Enter {
                    key: Key::Memory(*file),
                    file: *file,
                    included_at: None,
                    root,
                }]);
            }
            Input::BuiltIn => {
                let mut steps = self.reference_steps();
                steps.extend(reference::graphs().iter().map(|file| self.open_graph(file)));
                self.run(steps);
            }
        }
    }

    fn add_folder(&mut self, folder: &Path) {
        let mut names: Vec<PathBuf> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(|e| e.ok().map(|e| e.path())).collect(),
            Err(error) => {
                let message = format!(
                    "cannot read the folder `{}`: {error}",
                    printable(&folder.display().to_string())
                );
                self.sink.push(
                    Diagnostic::global(Code::UnreadableFile, message)
                        .help("check the path and its permissions"),
                );
                return;
            }
        };
        names.sort();
        let root = self.root.clone().or_else(|| Some(folder.to_path_buf()));
        let mut found = false;
        if let Some(tables) = TableFiles::in_folder(folder, self.sources, self.sink) {
            self.out.tables.push(tables);
            found = true;
        }
        for path in names
            .iter()
            .filter(|p| p.extension().is_some_and(|e| e == "yaml" || e == "yml"))
        {
            found = true;
            if let Some(step) = self.open_disk(path, root.clone(), None) {
                self.run(vec![step]);
            }
        }
        if !found {
            let shown = printable(&folder.display().to_string());
            self.sink.push(
                Diagnostic::global(
                    Code::UnreadableFile,
                    format!("the folder `{shown}` holds nothing to load"),
                )
                .help("put .yaml files there, or sites.csv with supply.csv, or sites.parquet with supply.parquet")
                .maybe_help(names.iter().find_map(|path| near_miss(path))),
            );
        }
    }

    fn open_disk(
        &mut self,
        path: &Path,
        root: Option<PathBuf>,
        included_at: Option<Span>,
    ) -> Option<Step> {
        self.open_disk_as(path, path.display().to_string(), root, included_at)
    }

    fn open_disk_as(
        &mut self,
        path: &Path,
        name: String,
        root: Option<PathBuf>,
        included_at: Option<Span>,
    ) -> Option<Step> {
        match self.sources.read_as(path, name) {
            Ok(file) => {
                let key = Key::Disk(self.sources.path(file).unwrap_or(path).to_path_buf());
                Some(Step::Enter {
                    key,
                    file,
                    included_at,
                    root,
                })
            }
            Err(problem) => {
                let span = match &problem {
                    ReadProblem::NotUtf8 { span, .. } => Some(*span),
                    ReadProblem::Io { name, .. } | ReadProblem::TooLarge { name, .. } => {
                        Some(included_at.unwrap_or_else(|| unread(name, self.sources)))
                    }
                };
                let code = match &problem {
                    ReadProblem::NotUtf8 { .. } => Code::NotUtf8,
                    ReadProblem::Io { error, .. }
                        if included_at.is_some()
                            && error.kind() == std::io::ErrorKind::NotFound =>
                    {
                        Code::UnknownInclude
                    }
                    ReadProblem::Io { .. } | ReadProblem::TooLarge { .. } => Code::UnreadableFile,
                };
                let mut diagnostic = Diagnostic::global(code, printable(&problem.to_string()));
                diagnostic.span = span;
                diagnostic.help = Some(match code {
                    Code::NotUtf8 => "save the file as UTF-8".to_owned(),
                    Code::UnknownInclude => {
                        "includes are relative to the file that names them".to_owned()
                    }
                    _ if matches!(problem, ReadProblem::TooLarge { .. }) => {
                        "write large graphs as tables, sites.csv with supply.csv".to_owned()
                    }
                    _ => "check the path and its permissions".to_owned(),
                });
                self.sink.push(diagnostic);
                None
            }
        }
    }

    fn reference_steps(&mut self) -> Vec<Step> {
        reference::reference()
            .iter()
            .map(|file| self.open_built_in(Key::Reference(file.name), "reference", file))
            .collect()
    }

    fn open_graph(&mut self, file: &'static BuiltIn) -> Step {
        self.open_built_in(Key::Graph(file.name), "graphs", file)
    }

    fn open_built_in(&mut self, key: Key, folder: &str, file: &'static BuiltIn) -> Step {
        let id = self
            .sources
            .add_once(reference::shown_name(folder, file.name), file.text);
        Step::Enter {
            key,
            file: id,
            included_at: None,
            root: None,
        }
    }

    fn run(&mut self, steps: Vec<Step>) {
        let mut stack: Vec<Step> = steps.into_iter().rev().collect();
        while let Some(step) = stack.pop() {
            match step {
                Step::Leave(key) => {
                    self.seen.insert(key, State::Done);
                }
                Step::Enter {
                    key,
                    file,
                    included_at,
                    root,
                } => match self.seen.get(&key) {
                    Some(State::Done) => {}
                    Some(State::Open) => {
                        let name = printable(self.sources.name(file));
                        let mut diagnostic = Diagnostic::global(
                            Code::IncludeCycle,
                            format!("`{name}` includes itself by way of others"),
                        )
                        .label("closes the circle")
                        .help("move what both files need into a third one");
                        diagnostic.span = included_at;
                        self.sink.push(diagnostic);
                    }
                    None => {
                        self.seen.insert(key.clone(), State::Open);
                        stack.push(Step::Leave(key.clone()));
                        let mut inner = self.enter(&key, file, root.as_deref());
                        inner.reverse();
                        stack.append(&mut inner);
                    }
                },
            }
        }
    }

    /// Parses a file, keeps it, and returns what it includes.
    fn enter(&mut self, key: &Key, file: FileId, root: Option<&Path>) -> Vec<Step> {
        let node = match yaml::parse(self.sources.text(file), file) {
            Ok(node) => node,
            Err(diagnostic) => {
                self.sink.push(*diagnostic);
                return Vec::new();
            }
        };
        let mut steps = Vec::new();
        if let super::yaml::Kind::Map(entries) = &node.kind
            && let Some((_, include)) = entries
                .iter()
                .find(|(k, _)| super::fields::key_text(k) == "include")
            && include.kind != super::yaml::Kind::Null
        {
            for item in list(include, "`include`", self.sink).unwrap_or_default() {
                if let Some(word) = text(item, "include", self.sink) {
                    steps.extend(self.include(key, word, item.span, root));
                }
            }
        }
        self.out.documents.push(Document { node });
        steps
    }

    fn include(&mut self, from: &Key, word: &str, span: Span, root: Option<&Path>) -> Vec<Step> {
        if let Some(name) = word.strip_prefix(INCLUDE_PREFIX) {
            if name == REFERENCE {
                return self.reference_steps();
            }
            if let Some(file) = reference::graph_named(name) {
                return vec![self.open_graph(file)];
            }
            let known = reference::graphs()
                .iter()
                .filter_map(|f| f.name.strip_suffix(".yaml"))
                .chain([REFERENCE]);
            let help = suggest(name, known).map(|w| format!("did you mean `{INCLUDE_PREFIX}{w}`?"));
            self.sink.push(
                Diagnostic::at(
                    Code::UnknownInclude,
                    span,
                    format!("nothing named `{}` comes with the program", printable(word)),
                )
                .label("not known")
                .help(format!(
                    "`{INCLUDE_PREFIX}{REFERENCE}` is the reference pack"
                ))
                .maybe_help(help),
            );
            return Vec::new();
        }
        match from {
            Key::Graph(_) => match reference::graphs().iter().find(|f| f.name == word) {
                Some(file) => vec![self.open_graph(file)],
                None => {
                    self.unknown_include(word, span);
                    Vec::new()
                }
            },
            Key::Reference(_) | Key::Memory(_) => {
                self.unknown_include(word, span);
                Vec::new()
            }
            Key::Disk(path) => {
                let path = path.parent().unwrap_or(Path::new(".")).join(word);
                self.include_from_disk(&path, word, span, root)
                    .into_iter()
                    .collect()
            }
        }
    }

    fn unknown_include(&mut self, word: &str, span: Span) {
        self.sink.push(
            Diagnostic::at(
                Code::UnknownInclude,
                span,
                format!("`{}` does not exist", printable(word)),
            )
            .label("not found")
            .help("includes are relative to the file that names them"),
        );
    }

    fn include_from_disk(
        &mut self,
        path: &Path,
        word: &str,
        span: Span,
        root: Option<&Path>,
    ) -> Option<Step> {
        let Ok(real) = path.canonicalize() else {
            // A path that leaves the folder is named as such whether or not it exists.
            let leaves =
                Path::new(word).is_absolute() || word.split(['/', '\\']).any(|part| part == "..");
            if leaves {
                self.outside_root(word, span)
            } else {
                self.unknown_include(word, span)
            }
            return None;
        };
        let inside = root
            .and_then(|root| root.canonicalize().ok())
            .is_some_and(|root| real.starts_with(root));
        if !inside {
            self.outside_root(word, span);
            return None;
        }
        if is_table(&real) && real.is_file() {
            self.sink.push(
                Diagnostic::at(
                    Code::UnreadableFile,
                    span,
                    format!("`{}` is a table, which cannot be included", printable(word)),
                )
                .help("name the folder of the tables on the command line, with `-g`"),
            );
            return None;
        }
        if !real.is_file() && !real.is_dir() {
            // A pipe may never end.
            self.sink.push(
                Diagnostic::at(
                    Code::UnreadableFile,
                    span,
                    format!("`{}` is no ordinary file", printable(word)),
                )
                .help("include a file of text"),
            );
            return None;
        }
        // Shown as the person who runs the program would write it: next to the file that includes it.
        let includer = Path::new(self.sources.name(span.file));
        let shown = includer
            .parent()
            .unwrap_or(Path::new(""))
            .join(word)
            .display()
            .to_string();
        self.open_disk_as(&real, shown, root.map(Path::to_path_buf), Some(span))
    }

    fn outside_root(&mut self, word: &str, span: Span) {
        self.sink.push(
            Diagnostic::at(
                Code::IncludeOutsideRoot,
                span,
                format!(
                    "`{}` leaves the folder of the files named on the command line",
                    printable(word)
                ),
            )
            .label("outside")
            .help("move the file inside, or allow a wider folder with `--root DIR`"),
        );
    }
}

/// What to do about a file that would be loaded but for its name, or a folder with the name of a table.
fn near_miss(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let (stem, form) = name.rsplit_once('.')?;
    let form = match form.to_ascii_lowercase().as_str() {
        "pq" | "parq" => "parquet".to_owned(),
        form @ ("csv" | "parquet" | "yaml" | "yml") => form.to_owned(),
        _ => return None,
    };
    let is_text = form.starts_with('y');
    let lower = stem.to_ascii_lowercase();
    if !is_text && lower != "sites" && lower != "supply" {
        return None;
    }
    let shown = printable(name);
    if path.is_dir() {
        return (!is_text).then(|| {
            format!("`{shown}` is a folder: write each table as one file, {lower}.csv or {lower}.parquet")
        });
    }
    let right = format!("{}.{form}", if is_text { stem } else { &lower });
    Some(format!("rename `{shown}` to {}", printable(&right)))
}

/// The place of a file of which nothing was read: its beginning.
pub(super) fn unread(name: &str, sources: &mut Sources) -> Span {
    Span {
        file: sources.add_once(name, ""),
        start: 0,
        end: 0,
    }
}

/// Checks the version line that every file begins with.
pub(crate) fn check_version(fields: &Fields<'_>, sink: &mut Sink) {
    let found = fields.get("oretrace");
    let word = found.and_then(|node| text(node, "oretrace", sink));
    if word != Some("1") {
        sink.push(
            Diagnostic::at(
                Code::FormatVersion,
                found.map_or(fields.span, |n| n.span),
                match word {
                    Some(other) => format!("format version `{}` is not known", printable(other)),
                    None => "the file does not say which format it is in".to_owned(),
                },
            )
            .help("the first line of a file is `oretrace: 1`"),
        );
    }
}
