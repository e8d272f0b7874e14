//! A relay and browsers together, and the check of the console at the end.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::browser::{Browser, Profile};
use super::relay::Relay;

/// How many tests have browsers open at a time, however many threads there are: a browser is hundreds of megabytes.
static ROOM: Semaphore = Semaphore::const_new(2);

/// What a test plays on: its own relay on a port of its own, and one browser to begin with.
pub struct Stage {
    /// The browser.
    pub browser: Browser,
    /// The relay, which serves the page.
    pub relay: Relay,
    /// Others' browsers.
    others: Vec<Browser>,
    network_fails: bool,
    _room: SemaphorePermit<'static>,
}

impl Stage {
    /// Starts them.
    pub async fn open() -> Self {
        let room = ROOM.acquire().await.expect("nobody closes it");
        let relay = Relay::start();
        let browser = Browser::start(Profile::empty(), relay.origin()).await;
        Self {
            browser,
            relay,
            others: Vec::new(),
            network_fails: false,
            _room: room,
        }
    }

    /// Somebody else's browser, with an empty profile.
    pub async fn another_browser(&mut self) -> &Browser {
        let browser = Browser::start(Profile::empty(), self.relay.origin()).await;
        self.others.push(browser);
        self.others.last().expect("one was pushed")
    }

    /// Closes the browser and starts it again: what is left is what the profile keeps.
    pub async fn restart_browser(self) -> Self {
        let Self {
            browser,
            relay,
            others,
            network_fails,
            _room,
        } = self;
        check(&browser, network_fails).await;
        let profile = browser.profile();
        browser.quit().await;
        let browser = Browser::start(profile, relay.origin()).await;
        Self {
            browser,
            relay,
            others,
            network_fails,
            _room,
        }
    }

    /// Kills the relay. From here on the console may tell of it.
    pub fn stop_relay(&mut self) {
        self.network_fails = true;
        self.relay.stop();
    }

    /// The end of every test: nothing may have gone wrong unseen.
    pub async fn close(self) {
        for browser in std::iter::once(self.browser).chain(self.others) {
            check(&browser, self.network_fails).await;
            browser.quit().await;
        }
    }
}

/// A page that works writes no errors to the console. A connection that was refused is one, and none of the page's.
async fn check(browser: &Browser, network_fails: bool) {
    let mut errors = browser.console_errors().await;
    if network_fails {
        errors.retain(|error| !error.contains("net::ERR_"));
    }
    assert!(errors.is_empty(), "errors on the console: {errors:#?}");
}
