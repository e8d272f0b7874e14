//! A relay and browsers together, and the check of the console at the end.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::browser::{Browser, Profile};
use super::proxy::Proxy;
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
    /// Between the first browser and the relay, if there is one.
    proxy: Option<Proxy>,
    network_fails: bool,
    network_lies: bool,
    _room: SemaphorePermit<'static>,
}

impl Stage {
    /// Starts them.
    pub async fn open() -> Self {
        Self::with(Relay::start, false).await
    }

    /// Starts them with a line between the first browser and the relay, which gives a sign of life every ten minutes.
    pub async fn behind_a_proxy() -> Self {
        let relay = || Relay::start_with(&["--heartbeat-seconds", "600"]);
        Self::with(relay, true).await
    }

    async fn with(relay: impl FnOnce() -> Relay, by_proxy: bool) -> Self {
        let room = ROOM.acquire().await.expect("nobody closes it");
        let relay = relay();
        let proxy = by_proxy.then(|| Proxy::to(relay.origin()));
        let origin = proxy.as_ref().map_or(relay.origin(), Proxy::origin);
        let browser = Browser::start(Profile::empty(), origin).await;
        Self {
            browser,
            relay,
            others: Vec::new(),
            proxy,
            network_fails: false,
            network_lies: false,
            _room: room,
        }
    }

    /// The line between the first browser and the relay.
    pub fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().expect("the test asked for one")
    }

    /// From here on the network answers in the relay's place, and the console may tell of anything.
    pub fn network_lies(&mut self) {
        self.network_lies = true;
    }

    /// Somebody else's browser, with an empty profile.
    pub async fn another_browser(&mut self) -> &Browser {
        let browser = Browser::start(Profile::empty(), self.relay.origin()).await;
        self.others.push(browser);
        self.others.last().expect("one was pushed")
    }

    /// Closes the browser and starts it again: what is left is what the profile keeps.
    pub async fn restart_browser(self) -> Self {
        check(&self.browser, self.network_fails).await;
        let profile = self.browser.profile();
        self.browser.quit().await;
        let browser = Browser::start(profile, self.relay.origin()).await;
        Self { browser, ..self }
    }

    /// Kills the relay. From here on the console may tell of it.
    pub fn stop_relay(&mut self) {
        self.network_fails = true;
        self.relay.stop();
    }

    /// The end of every test: nothing may have gone wrong unseen.
    pub async fn close(self) {
        for browser in std::iter::once(self.browser).chain(self.others) {
            if !self.network_lies {
                check(&browser, self.network_fails).await;
            }
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
