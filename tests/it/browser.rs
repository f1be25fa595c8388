//! Reports in a real browser: no error, no request, everything works, and the numbers are those of the commands.

use std::path::Path;

use serde_json::Value;

use super::pictures::PRODUCTS;
use super::report::run;
use super::webdriver::Browser;

/// Errors on the console since last asked.
fn complaints(browser: &Browser) -> Vec<Value> {
    let severe = |m: &Value| m["level"] == "SEVERE" || m["level"] == "WARNING";
    browser.log("browser").into_iter().filter(severe).collect()
}

/// Requests since last asked that are not the page itself.
fn requests(browser: &Browser, page: &str) -> Vec<String> {
    let entries = browser.log("performance");
    let sent = entries.iter().filter_map(|entry| {
        let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
        let event = &message["message"];
        (event["method"] == "Network.requestWillBeSent").then_some(())?;
        event["params"]["request"]["url"]
            .as_str()
            .map(str::to_owned)
    });
    sent.filter(|url| url != page && !url.starts_with("data:") && !url.starts_with("blob:"))
        .collect()
}

fn address(path: &Path) -> String {
    let shown = path.display().to_string();
    let quoted: String = shown
        .chars()
        .map(|c| {
            if c == '@' {
                "%40".to_owned()
            } else {
                c.to_string()
            }
        })
        .collect();
    format!("file://{quoted}")
}

/// What a table shows of each country in full: code to values by heading.
const EXPOSURE: &str = "
    const table = document.getElementById('exposure');
    const keys = Array.from(table.querySelectorAll('thead th')).map(th => th.dataset.key);
    return Array.from(table.tBodies[0].rows).map(row => {
        const cells = Array.from(row.cells).map(c => c.dataset.v === undefined ? c.textContent : c.dataset.v);
        return Object.fromEntries(keys.map((key, at) => [key, cells[at]]));
    });";

#[test]
fn every_report_opens_without_error_or_request_and_says_what_the_commands_say() {
    let folder = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(1440, 900, folder.path()) else {
        return;
    };
    for product in PRODUCTS {
        let file = folder.path().join(format!("{product}.html"));
        run(
            folder.path(),
            &["report", product, "-o", file.to_str().unwrap()],
        );
        let page = address(&file);
        browser.open(&page);
        assert_eq!(complaints(&browser), Vec::<Value>::new(), "{product}");
        assert_eq!(requests(&browser, &page), Vec::<String>::new(), "{product}");
        let json: Value =
            serde_json::from_str(&run(folder.path(), &["exposure", product, "-f", "json"]))
                .unwrap();
        let shown = browser.run(EXPOSURE);
        let rows = json["countries"].as_array().unwrap();
        assert_eq!(shown.as_array().unwrap().len(), rows.len(), "{product}");
        for (row, shown) in rows.iter().zip(shown.as_array().unwrap()) {
            assert_eq!(row["country"], shown["country"], "{product}");
            for key in [
                "assembly",
                "direct",
                "look_through",
                "touched",
                "hidden",
                "at_risk",
                "at_risk_adapted",
            ] {
                let said = shown[key].as_str().unwrap();
                match row[key].as_f64() {
                    None => assert_eq!(said, "", "{product} {key}"),
                    Some(value) => {
                        let said: f64 = said.parse().unwrap();
                        assert!(
                            (said - value).abs() < 1e-12,
                            "{product} {key}: {said} {value}"
                        );
                    }
                }
            }
        }
        let wide = browser.run("return document.documentElement.scrollWidth <= innerWidth");
        assert_eq!(wide, true, "{product}: nothing sticks out");
    }
}

#[test]
fn the_network_is_searched_filtered_cut_and_asked() {
    let folder = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(1440, 900, folder.path()) else {
        return;
    };
    run(
        folder.path(),
        &["report", "ndfeb-magnet", "-o", "magnet.html"],
    );
    browser.open(&address(&folder.path().join("magnet.html")));
    let count = |selector: &str| {
        let found = browser.run(&format!(
            "return document.querySelectorAll({selector:?}).length"
        ));
        found.as_u64().unwrap()
    };
    let places = count("#graph .place");
    assert!(places > 10 && count("#graph .place.dim") == 0);
    // Search.
    browser.type_into("#search", "dysprosium");
    let lit = places - count("#graph .place.dim");
    assert!((1..places).contains(&lit), "{lit} of {places}");
    let said = browser.run("return document.getElementById('found').textContent");
    assert!(
        said.as_str()
            .unwrap()
            .starts_with(&format!("{lit} of {places}")),
        "{said}"
    );
    browser.run("const s = document.getElementById('search'); s.value = ''; s.dispatchEvent(new Event('input'))");
    assert_eq!(count("#graph .place.dim"), 0);
    // Country.
    browser.run("const c = document.getElementById('country'); c.value = 'AUS'; c.dispatchEvent(new Event('input'))");
    let lit = browser.run("return Array.from(document.querySelectorAll('#graph .place:not(.dim)')).map(p => p.getAttribute('aria-label'))");
    let lit = lit.as_array().unwrap();
    assert!(
        !lit.is_empty()
            && lit
                .iter()
                .all(|l| l.as_str().unwrap().contains("Australia")),
        "{lit:?}"
    );
    browser.run("const c = document.getElementById('country'); c.value = ''; c.dispatchEvent(new Event('input'))");
    // Depth.
    browser.run("const d = document.getElementById('depth'); d.value = '1'; d.dispatchEvent(new Event('input'))");
    let shallow = places - count("#graph .place.gone");
    assert!((1..places).contains(&shallow));
    browser.run("const d = document.getElementById('depth'); d.value = d.max; d.dispatchEvent(new Event('input'))");
    assert_eq!(count("#graph .place.gone"), 0);
    // A site, by mouse and by keyboard.
    browser.run("document.querySelector('#graph .place[aria-label*=\"Mountain Pass\"]').dispatchEvent(new MouseEvent('click'))");
    let detail = browser.run("return document.getElementById('detail').textContent");
    let detail = detail.as_str().unwrap();
    for word in [
        "Mountain Pass",
        "United States",
        "Heaviest way to the product",
        "magnet",
    ] {
        assert!(detail.contains(word), "{word}: {detail}");
    }
    assert!(
        count("#graph .flow.lit") >= 2,
        "its way to the product is lit"
    );
    browser.run("const p = document.querySelector('#graph .place'); p.focus(); p.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true}))");
    let focused = browser.run("return document.activeElement.classList.contains('place')");
    assert_eq!(focused, true);
    // Zoom.
    let width = || {
        browser
            .run("return document.querySelector('#graph svg').viewBox.baseVal.width")
            .as_f64()
            .unwrap()
    };
    let before = width();
    browser.run("document.getElementById('zoom-in').click()");
    assert!(width() < before);
    browser.run("document.getElementById('zoom-all').click()");
    assert!(width() > before - 1.0);
    assert_eq!(complaints(&browser), Vec::<Value>::new());
}

#[test]
fn tables_are_sorted_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(1440, 900, folder.path()) else {
        return;
    };
    run(
        folder.path(),
        &["report", "ndfeb-magnet", "-o", "magnet.html"],
    );
    browser.open(&address(&folder.path().join("magnet.html")));
    let column = |script: &str| -> Vec<f64> {
        let values = browser.run(&format!(
            "{script} return Array.from(document.querySelectorAll('#exposure tbody tr')).map(r => Number(r.cells[3].dataset.v))"
        ));
        values
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v.as_f64().unwrap())
            .collect()
    };
    let click = "document.querySelectorAll('#exposure thead button')[3].click();";
    let down = column(click);
    assert!(down.is_sorted_by(|a, b| a >= b), "{down:?}");
    let up = column(click);
    assert!(up.is_sorted(), "{up:?}");
    browser.run("document.getElementById('exposure-csv').click()");
    let file = folder.path().join("ndfeb-magnet-exposure.csv");
    // Downloads end by themselves; the driver has no word for it.
    for _ in 0..400 {
        if file.exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let csv = std::fs::read_to_string(&file).unwrap();
    let (head, rows) = csv.split_once('\n').unwrap();
    assert!(
        head.starts_with("country,assembly,direct,look_through"),
        "{head}"
    );
    assert_eq!(rows.lines().count(), up.len());
    assert!(rows.lines().any(|l| l.starts_with("CHN,0.94")), "{csv}");
}

#[test]
fn a_phone_and_a_screen_reader_can_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(390, 844, folder.path()) else {
        return;
    };
    run(
        folder.path(),
        &[
            "report",
            "electric-car@USA",
            "--scenario",
            "anode-to-korea",
            "-o",
            "car.html",
        ],
    );
    browser.open(&address(&folder.path().join("car.html")));
    assert_eq!(browser.run("return innerWidth"), 390);
    assert_eq!(
        browser.run("return document.documentElement.scrollWidth"),
        390,
        "nothing sticks out"
    );
    let small = browser.run("return Array.from(document.querySelectorAll('button,select,input')).filter(b => b.getBoundingClientRect().height < 24).map(b => b.outerHTML)");
    assert_eq!(small, Value::Array(Vec::new()), "fingers need room");
    let nameless = browser.run("return Array.from(document.querySelectorAll('svg[role=img],svg[role=group],button,input,select,[tabindex=\"0\"]')).filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label'))).map(e => e.outerHTML.slice(0, 80))");
    assert_eq!(nameless, Value::Array(Vec::new()));
    let heads = browser.run("return [document.documentElement.lang, document.querySelectorAll('h1').length, document.querySelectorAll('main').length, document.title]");
    assert_eq!(heads[0], "en");
    assert_eq!((heads[1].as_u64(), heads[2].as_u64()), (Some(1), Some(1)));
    axe(&browser);
    browser.colour_scheme("dark");
    let dark = browser.run("return getComputedStyle(document.body).backgroundColor");
    assert_ne!(dark, "rgb(255, 255, 255)");
    axe(&browser);
}

#[test]
fn the_pages_of_a_site_open_without_error_or_request() {
    let folder = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(390, 844, folder.path()) else {
        return;
    };
    std::fs::write(folder.path().join("hostile.yaml"), super::cli::HOSTILE).unwrap();
    run(
        folder.path(),
        &["report", "--all", "-o", "site", "-g", "hostile.yaml"],
    );
    let pages = std::fs::read_dir(folder.path().join("site")).unwrap();
    let mut count = 0;
    for page in pages {
        let page = address(&page.unwrap().path());
        browser.open(&page);
        assert_eq!(complaints(&browser), Vec::<Value>::new(), "{page}");
        assert_eq!(requests(&browser, &page), Vec::<String>::new(), "{page}");
        axe(&browser);
        count += 1;
    }
    assert!(count >= 6, "{count}");
}

/// Puts the page to axe, where it is at hand: `ORETRACE_AXE` names its file, which `.ci/run` fetches.
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the log must know what was not tested"
)]
fn axe(browser: &Browser) {
    let file = std::env::var("ORETRACE_AXE").unwrap_or_else(|_| {
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/target/axe/node_modules/axe-core/axe.min.js"
        )
        .to_owned()
    });
    let Ok(script) = std::fs::read_to_string(&file) else {
        eprintln!("NOT TESTED: {file} is not there, so that axe did not look at the page");
        return;
    };
    browser.run(&script);
    let found = browser.run_async(
        "axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.map(v => [v.impact, v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)])))",
    );
    let serious: Vec<&Value> = found
        .as_array()
        .unwrap()
        .iter()
        .filter(|v| v[0] == "serious" || v[0] == "critical")
        .collect();
    assert!(serious.is_empty(), "{serious:#?}");
}
