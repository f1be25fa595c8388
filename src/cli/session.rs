//! From arguments to a network, a product and its graph.

use std::path::Path;

use oretrace::analysis::Target;
use oretrace::diag::{Severity, Sources, suggest};
use oretrace::graph::{Roots, SupplyGraph};
use oretrace::load::{self, Input};
use oretrace::model::{Basis, CommodityIx, Country, Network, Scenario, WeightMode};
use oretrace::report::Envelope;

use super::args::{AnalysisArgs, BasisArg, Format, NetworkArgs, Weights};
use super::failure::{Failure, draw};

/// What every analysis starts from.
pub(crate) struct Session {
    pub(crate) sources: Sources,
    pub(crate) network: Network,
    pub(crate) format: Format,
    pub(crate) scenario: Option<String>,
}

/// Loads the network that the arguments name.
pub(crate) fn load_network(args: &NetworkArgs, sources: &mut Sources) -> Result<Network, Failure> {
    let inputs = inputs(args)?;
    let loaded = load::load(sources, &inputs, args.root.clone());
    let built_in = args.graph.is_empty();
    match loaded.network {
        Some(network) => {
            // Warnings on the built-in pack are known; those on the user's files are counted.
            if !built_in {
                count_warnings(&own(&loaded.diagnostics, sources));
            }
            Ok(network)
        }
        None => {
            draw(&loaded.diagnostics, sources, Severity::Error);
            Err(Failure::Data)
        }
    }
}

/// Says in a line that there is something to look at, without getting in the way of the answer.
fn count_warnings(diagnostics: &[oretrace::diag::Diagnostic]) {
    use std::io::Write as _;
    let warnings = diagnostics
        .iter()
        .filter(|d| d.severity() == Severity::Warning)
        .count();
    if warnings > 0 {
        let plural = if warnings == 1 { "warning" } else { "warnings" };
        let _ = writeln!(
            std::io::stderr(),
            "{warnings} {plural} about the files; `oretrace check` shows them"
        );
    }
}

/// Diagnostics that are not about files compiled into the program.
fn own(
    diagnostics: &[oretrace::diag::Diagnostic],
    sources: &Sources,
) -> Vec<oretrace::diag::Diagnostic> {
    let is_own = |d: &&oretrace::diag::Diagnostic| {
        d.span
            .is_none_or(|span| !sources.name(span.file).starts_with(load::INCLUDE_PREFIX))
    };
    diagnostics.iter().filter(is_own).cloned().collect()
}

/// The inputs that the arguments name: files and folders, or the built-in pack.
pub(crate) fn inputs(args: &NetworkArgs) -> Result<Vec<Input>, Failure> {
    check_root(args.root.as_deref())?;
    if args.graph.is_empty() {
        return Ok(vec![Input::BuiltIn]);
    }
    for path in &args.graph {
        if !path.exists() {
            return Err(missing_file(path));
        }
    }
    mention_subfolders(&args.graph);
    Ok(args.graph.iter().cloned().map(Input::Path).collect())
}

/// `--root` names a folder that is there.
pub(crate) fn check_root(root: Option<&Path>) -> Result<(), Failure> {
    match root.filter(|root| !root.is_dir()) {
        Some(root) => Err(Failure::usage(
            format!("`--root`: there is no folder `{}`", root.display()),
            Some("name the folder that includes may not leave".to_owned()),
        )),
        None => Ok(()),
    }
}

/// Says that sub-folders of a folder are not read, where they hold anything to read.
pub(crate) fn mention_subfolders(paths: &[std::path::PathBuf]) {
    use std::io::Write as _;
    let entries = |folder: &Path| -> Vec<std::path::PathBuf> {
        let read = std::fs::read_dir(folder).into_iter().flatten();
        read.filter_map(|entry| Some(entry.ok()?.path())).collect()
    };
    let is_yaml = |p: &std::path::PathBuf| p.extension().is_some_and(|e| e == "yaml" || e == "yml");
    for path in paths.iter().filter(|path| path.is_dir()) {
        let mut inner: Vec<std::path::PathBuf> = entries(path);
        inner.retain(|p| p.is_dir() && entries(p).iter().any(is_yaml));
        inner.sort();
        if let Some(first) = inner.first() {
            let _ = writeln!(
                std::io::stderr(),
                "sub-folders are not read; add those wanted, such as `-g {}`",
                oretrace::diag::printable(&first.display().to_string())
            );
        }
    }
}

fn missing_file(path: &Path) -> Failure {
    let shown = path.display().to_string();
    let near = path.parent().and_then(|dir| {
        let dir = if dir.as_os_str().is_empty() {
            Path::new(".")
        } else {
            dir
        };
        let names: Vec<String> = std::fs::read_dir(dir)
            .ok()?
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .collect();
        let wanted = path.file_name()?.to_str()?;
        suggest(wanted, names.iter().map(String::as_str)).map(str::to_owned)
    });
    Failure::usage(
        format!("there is no file `{shown}`"),
        near.map(|name| format!("did you mean `{name}`?"))
            .or_else(|| Some("check the path".to_owned())),
    )
}

impl Session {
    /// Loads the network, sets its weights and basis, and applies the scenario.
    pub(crate) fn open(args: &AnalysisArgs) -> Result<Self, Failure> {
        let mut sources = Sources::default();
        let mut network =
            load_network(&args.network, &mut sources)?.with_weights(match args.weights {
                Weights::Auto => WeightMode::Auto,
                Weights::Value => WeightMode::Value,
                Weights::Equal => WeightMode::Equal,
            });
        if args.basis == BasisArg::Location {
            network = only_located(network);
        }
        let mut session = Self {
            sources,
            network,
            format: args.format,
            scenario: None,
        };
        if let Some(name) = &args.scenario {
            let scenario = session.scenario(name)?;
            session.network = oretrace::scenario::apply(&session.network, &scenario);
            session.scenario = Some(scenario.name.to_string());
        }
        Ok(session)
    }

    /// Reads a scenario: a file, or a built-in one by name.
    pub(crate) fn scenario(&mut self, word: &str) -> Result<Scenario, Failure> {
        let path = Path::new(word);
        let file = if path.is_file() {
            self.sources
                .read(path)
                .map_err(|e| Failure::usage(e.to_string(), None))?
        } else {
            let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or(word);
            let known = || {
                load::scenarios()
                    .iter()
                    .filter_map(|s| s.name.strip_suffix(".yaml"))
            };
            let found = load::scenarios()
                .iter()
                .find(|s| s.name.strip_suffix(".yaml") == Some(stem));
            let Some(built_in) = found else {
                let help = suggest(stem, known()).map_or_else(
                    || {
                        format!(
                            "built-in scenarios: {}",
                            known().collect::<Vec<_>>().join(", ")
                        )
                    },
                    |name| format!("did you mean `{name}`?"),
                );
                return Err(Failure::usage(
                    format!("there is no scenario `{word}`"),
                    Some(help),
                ));
            };
            self.sources
                .add_once(load::shown_name("scenarios", built_in.name), built_in.text)
        };
        match load::load_scenario(&self.sources, file, &self.network) {
            Ok((scenario, diagnostics)) => {
                draw(
                    &own(&diagnostics, &self.sources),
                    &self.sources,
                    Severity::Warning,
                );
                Ok(scenario)
            }
            Err(diagnostics) => {
                draw(&diagnostics, &self.sources, Severity::Error);
                Err(Failure::Data)
            }
        }
    }

    /// Rows of tables.
    pub(crate) fn rows(&self, top: usize) -> usize {
        self.format.rows(top)
    }

    /// All countries that some words name, each once.
    pub(crate) fn all_countries(&self, words: &[String]) -> Result<Vec<Country>, Failure> {
        let mut found = Vec::new();
        for word in words {
            found.extend(self.countries(word)?.1);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The countries and groups that some words name; every country that has a part in the product where there is no word.
    pub(crate) fn targets(
        &self,
        graph: &SupplyGraph<'_>,
        words: &[String],
    ) -> Result<Vec<Target>, Failure> {
        if words.is_empty() {
            return Ok(Target::each_country(graph));
        }
        let target = |word: &String| {
            let (label, list) = self.countries(word)?;
            Ok(Target::countries(graph, label, list))
        };
        words.iter().map(target).collect()
    }

    /// Builds the graph of a product.
    pub(crate) fn graph(&self, roots: &Roots) -> Result<SupplyGraph<'_>, Failure> {
        SupplyGraph::of_product(&self.network, roots).map_err(|e| {
            Failure::usage(
                e.to_string(),
                Some("give it a recipe, a site or a production table".to_owned()),
            )
        })
    }

    /// What JSON answers begin with.
    pub(crate) fn envelope(
        &self,
        command: &str,
        product: Option<&str>,
        mut notes: Vec<String>,
    ) -> Envelope {
        let product = product.map(|word| self.called(word));
        if let Some(word) = &product
            && self
                .product(word)
                .is_ok_and(|roots| roots.is_what_if(&self.network))
        {
            notes.insert(
                0,
                format!("nobody makes {word} today: a what-if site there stands in for it"),
            );
        }
        Envelope {
            command: command.to_owned(),
            product,
            scenario: self.scenario.clone(),
            notes,
        }
    }

    /// The product that a word names: a commodity, one made in a country or group, or what one site makes.
    pub(crate) fn product(&self, word: &str) -> Result<Roots, Failure> {
        if let Some(ix) = self.network.find_commodity(word) {
            return Ok(Roots::product(ix));
        }
        if let Some((id, place)) = word.rsplit_once('@')
            && let Some(ix) = self.network.find_commodity(id)
        {
            return Ok(Roots::product_in(ix, self.countries(place)?.1));
        }
        if let Some(site) = self.network.find_site(word) {
            return Ok(Roots::site(&self.network, site));
        }
        let id = word.split('@').next().unwrap_or(word);
        Err(Failure::usage(
            format!("no commodity or site is called `{word}`"),
            self.suggest_commodity(id),
        ))
    }

    /// How output calls the product that a word names: `motor@cn` is `motor@CHN`.
    pub(crate) fn called(&self, word: &str) -> String {
        let made_in = || {
            let (id, place) = word.rsplit_once('@')?;
            self.network.find_commodity(id)?;
            let (label, _) = self.countries(place).ok()?;
            Some(format!("{id}@{label}"))
        };
        let known = self.network.find_commodity(word).is_some();
        let other = || made_in().unwrap_or_else(|| word.to_owned());
        if known { word.to_owned() } else { other() }
    }

    /// The commodity that a word names.
    pub(crate) fn commodity(&self, word: &str) -> Result<CommodityIx, Failure> {
        self.network.find_commodity(word).ok_or_else(|| {
            Failure::usage(
                format!("no commodity is called `{word}`"),
                self.suggest_commodity(word),
            )
        })
    }

    fn suggest_commodity(&self, word: &str) -> Option<String> {
        const MOST_SEARCHED: usize = 20_000;
        let commodities = self.network.commodities().iter().take(MOST_SEARCHED);
        let by_name = self
            .network
            .commodities()
            .iter()
            .find(|c| c.name.eq_ignore_ascii_case(word))
            .map(|c| &*c.id);
        by_name
            .or_else(|| suggest(word, commodities.map(|c| &*c.id)))
            .map_or_else(
                || Some("`oretrace list` shows what there is".to_owned()),
                |id| Some(format!("did you mean `{id}`?")),
            )
    }

    /// The label and members of a country or group, however it is written.
    pub(crate) fn countries(&self, word: &str) -> Result<(String, Vec<Country>), Failure> {
        if let Some(members) = self.network.groups().get(word) {
            return Ok((word.to_owned(), members.clone()));
        }
        if let Some(country) = Country::parse(word) {
            return Ok((country.code().to_owned(), vec![country]));
        }
        let groups = self.network.groups().keys().map(String::as_str);
        let help = suggest(word, Country::spellings().into_iter().chain(groups)).map_or_else(
            || {
                "write an ISO code such as CHN or CN, an English name, or a group of the network"
                    .to_owned()
            },
            |spelling| format!("did you mean `{spelling}`?"),
        );
        let help = Country::why_not(word).map_or(help, str::to_owned);
        Err(Failure::usage(
            format!("no country or group is called `{word}`"),
            Some(help),
        ))
    }
}

/// The network with tables by makers' nationality taken away, so that what they list is made at placeless sites.
fn only_located(network: Network) -> Network {
    use oretrace::model::{Place, Site, SiteKind};
    let mut parts = network.into_parts();
    let by_maker: Vec<bool> = parts
        .commodities
        .iter()
        .map(|c| {
            c.production
                .as_ref()
                .is_some_and(|p| p.basis == Basis::Maker)
        })
        .collect();
    for site in &mut parts.sites {
        if by_maker[site.commodity.at()] && site.kind == SiteKind::Aggregate {
            *site = Site {
                place: Place::Unknown,
                ..site.clone()
            };
        }
    }
    for (commodity, by_maker) in parts.commodities.iter_mut().zip(by_maker) {
        // What the table says of amounts holds; of where its rest is not, nothing is said.
        if let (true, Some(table)) = (by_maker, &mut commodity.production) {
            table.basis = Basis::Location;
            table.listed = [].into();
        }
    }
    Network::build(parts)
}
