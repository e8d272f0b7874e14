//! A browser with a profile of its own: all that it keeps is in one folder.

use std::path::PathBuf;
use std::rc::Rc;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::driver::{Chromium, Driver};
use super::environment;
use super::tab::Tab;

/// What a browser keeps when it is closed: one person on one device.
#[derive(Clone)]
pub struct Profile(Rc<TempDir>);

impl Profile {
    /// A new one, empty.
    pub fn empty() -> Self {
        Self(Rc::new(
            TempDir::new().expect("there is room for a profile"),
        ))
    }
}

/// A running browser.
pub struct Browser {
    client: Client,
    /// Ends after the client, and before the profile is deleted.
    _driver: Driver,
    profile: Profile,
    origin: String,
    tabs: std::cell::Cell<usize>,
}

impl Browser {
    /// Starts one whose tabs open the page at that origin.
    pub async fn start(profile: Profile, origin: &str) -> Self {
        let driver = Driver::start();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(&profile))
            .connect(&driver.url())
            .await
            .expect("Chromium starts");
        Self {
            client,
            _driver: driver,
            profile,
            origin: origin.to_owned(),
            tabs: std::cell::Cell::new(0),
        }
    }

    /// The profile, to start a browser with it again.
    pub fn profile(&self) -> Profile {
        self.profile.clone()
    }

    /// A new, empty tab, as from the button beside the others. `name` is for messages.
    pub async fn tab(&self, name: &str) -> Tab {
        self.open(name, true).await
    }

    /// A new, empty window: what is on top is not hidden, and its timers run as they should.
    /// Most tests run in tabs, most of them hidden, as tabs are.
    pub async fn window(&self, name: &str) -> Tab {
        self.open(name, false).await
    }

    async fn open(&self, name: &str, as_tab: bool) -> Tab {
        let handle = if self.tabs.replace(self.tabs.get() + 1) == 0 {
            // The one that the browser starts with.
            self.client.window().await.expect("there is a first tab")
        } else {
            let opened = self.client.new_window(as_tab).await;
            opened.expect("there is room for a tab").handle
        };
        Tab::new(self.client.clone(), handle, name, &self.origin)
    }

    /// The tab that `opener` opens when its page calls `window.open` with its own address, which
    /// copies sessionStorage: what browsers do when a tab is duplicated.
    pub async fn duplicate(&self, opener: &Tab, name: &str) -> Tab {
        let handles = async || {
            let handles = self.client.windows().await;
            handles.expect("a browser knows its tabs")
        };
        let before = handles().await;
        opener
            .run("window.open(location.href); return null", &[])
            .await;
        let opened = opener
            .until("the duplicate to open", async || {
                handles()
                    .await
                    .into_iter()
                    .find(|handle| !before.contains(handle))
            })
            .await;
        Tab::new(self.client.clone(), opened, name, &self.origin)
    }

    /// Errors on the console of any tab since it was last asked for: exceptions, what the content
    /// security policy stopped, what could not be fetched.
    pub async fn console_errors(&self) -> Vec<String> {
        let entries = self.client.issue_cmd(Chromium::Console).await;
        let Value::Array(entries) = entries.expect("chromedriver keeps the console") else {
            panic!("the console is a list");
        };
        entries
            .iter()
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Closes all its windows, as a person does.
    pub async fn quit(self) {
        let closed = self.client.close().await;
        closed.expect("a browser can be closed");
    }
}

fn capabilities(profile: &Profile) -> Capabilities {
    let chrome: PathBuf = environment::path("CHROME");
    let flags: Vec<String> = environment::browser_flags(profile.0.path())
        .into_iter()
        .map(|flag| {
            flag.into_string()
                .expect("the folder for temporary files has a name in UTF-8")
        })
        .collect();
    let capabilities = json!({
        "goog:chromeOptions": {"binary": chrome, "args": flags},
        "goog:loggingPrefs": {"browser": "ALL"},
    });
    match capabilities {
        Value::Object(capabilities) => capabilities,
        _ => unreachable!("it is written as an object above"),
    }
}
