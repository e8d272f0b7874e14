//! A relay and browsers together, and the check of the console at the end.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::browser::{Browser, Profile};
use super::environment;
use super::proxy::Proxy;
use super::relay::Relay;

/// How many tests have browsers open at a time, however many threads there are: a browser is
/// hundreds of megabytes.
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
    /// Where the browsers open the page, unless there is a line in between.
    origin: String,
    network_fails: bool,
    network_lies: bool,
    _room: SemaphorePermit<'static>,
}

/// By which way the first browser comes to the relay.
enum Way {
    /// At its own address, which browsers trust although it is plain http: it is this machine.
    Direct,
    /// Over a line that can go silent.
    Proxy,
    /// Under a name that could be any machine's.
    ByName,
}

impl Stage {
    /// Starts them.
    pub async fn open() -> Self {
        Self::with(Relay::start, Way::Direct).await
    }

    /// Starts them with the page on plain http under a name that is not this machine's own, as in a
    /// network without https: there browsers have no service worker, no locks, no `crypto.subtle`.
    pub async fn on_plain_http() -> Self {
        Self::with(Relay::start, Way::ByName).await
    }

    /// Starts them with a relay that has further flags.
    pub async fn with_relay(flags: &'static [&'static str]) -> Self {
        Self::with(|| Relay::start_with(flags), Way::Direct).await
    }

    /// Starts them with a line between the first browser and the relay, which gives a sign of life
    /// every ten minutes.
    pub async fn behind_a_proxy() -> Self {
        let relay = || Relay::start_with(&["--heartbeat-seconds", "600"]);
        Self::with(relay, Way::Proxy).await
    }

    async fn with(relay: impl FnOnce() -> Relay, way: Way) -> Self {
        let room = ROOM.acquire().await.expect("nobody closes it");
        let relay = relay();
        let proxy = matches!(way, Way::Proxy).then(|| Proxy::to(relay.origin()));
        let origin = match way {
            Way::Direct | Way::Proxy => relay.origin().to_owned(),
            Way::ByName => relay.origin().replace("127.0.0.1", environment::NAME),
        };
        let first = proxy.as_ref().map_or(&*origin, Proxy::origin);
        let browser = Browser::start(Profile::empty(), first).await;
        Self {
            browser,
            relay,
            others: Vec::new(),
            proxy,
            origin,
            network_fails: false,
            network_lies: false,
            _room: room,
        }
    }

    /// The line between the first browser and the relay.
    pub fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().expect("the test asked for one")
    }

    /// That link of this stage's page as a program opens it, which knows no names of browsers.
    pub fn for_programs(&self, link: &str) -> String {
        link.replace(&self.origin, self.relay.origin())
    }

    /// From here on the network answers in the relay's place, and the console may tell of anything.
    pub fn network_lies(&mut self) {
        self.network_lies = true;
    }

    /// Somebody else's browser, with an empty profile.
    pub async fn another_browser(&mut self) -> &Browser {
        let browser = Browser::start(Profile::empty(), &self.origin).await;
        self.others.push(browser);
        self.others.last().expect("one was pushed")
    }

    /// Closes the browser and starts it again: what is left is what the profile keeps.
    pub async fn restart_browser(self) -> Self {
        check(&self.browser, self.network_fails).await;
        let profile = self.browser.profile();
        self.browser.quit().await;
        let browser = Browser::start(profile, &self.origin).await;
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

/// A page that works writes no errors to the console. A connection that was refused is one, and
/// none of the page's.
async fn check(browser: &Browser, network_fails: bool) {
    let mut errors = browser.console_errors().await;
    // What the browser says of every page on plain http, and of every connection of a page that is
    // put aside.
    const ALWAYS: [&str; 2] = [
        "Cross-Origin-Opener-Policy header has been ignored",
        "Page entered Back-Forward Cache",
    ];
    errors.retain(|error| !ALWAYS.iter().any(|says| error.contains(says)));
    if network_fails {
        errors.retain(|error| !error.contains("net::ERR_"));
    }
    assert!(errors.is_empty(), "errors on the console: {errors:#?}");
}
