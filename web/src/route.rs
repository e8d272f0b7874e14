//! The page's addresses. A poll's token stands behind the `#`, which no browser sends to any
//! server. All the same it is in the address bar, in the session's history, and in what people copy
//! from there: so the page itself never puts a secret into an address, and takes out the one that
//! it was opened with as soon as that is kept.

use election_core::wire::link::Link;
use gloo_events::EventListener;
use wasm_bindgen::JsValue;

/// What the browser says when it goes back, forward, or to another `#`.
const MOVED: &str = "popstate";

/// Which screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `/`: make, join, recent polls.
    Home,
    /// `/make`: make a poll.
    Make,
    /// `/p#TOKEN`: a poll.
    Poll,
    /// `/chair#TOKEN`: the chair's desk, for those whose browser holds the chair's key.
    Chair,
    /// Anything else.
    NotFound,
}

impl Route {
    fn of(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" => Self::Home,
            "/make" => Self::Make,
            "/p" => Self::Poll,
            "/chair" => Self::Chair,
            _ => Self::NotFound,
        }
    }

    /// The address of that screen of a poll. Of the link only what every voter has is in it, never
    /// a key.
    #[must_use]
    pub fn of_poll(self, link: &Link) -> String {
        let screen = if self == Self::Chair { "chair" } else { "p" };
        format!("/{screen}#{}", link.for_voters().token())
    }
}

/// Where the page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The screen.
    pub route: Route,
    /// The `#` and the token behind it; empty without.
    pub token: String,
}

impl Address {
    /// What the browser's address bar says now.
    #[must_use]
    pub fn now() -> Self {
        let location = web_sys::window().map(|window| window.location());
        let path = location.as_ref().and_then(|at| at.pathname().ok());
        let token = location.as_ref().and_then(|at| at.hash().ok());
        Self {
            route: Route::of(&path.unwrap_or_default()),
            token: token.unwrap_or_default(),
        }
    }
}

/// Some programs send a link with `%23` for its `#`, and the browser takes the token for a part of
/// the path. Called before anything is shown, so that the address is what it was meant to be.
pub fn unescape() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let meant = window
        .location()
        .pathname()
        .ok()
        .and_then(|path| meant(&path));
    if let (Some(meant), Ok(history)) = (meant, window.history()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&meant));
    }
}

/// The address that a path was meant to be, if its `#` was escaped.
fn meant(path: &str) -> Option<String> {
    let (screen, token) = path.split_once("%23")?;
    // Two slashes would begin another site's address.
    let screen = screen.trim_start_matches('/');
    Some(format!("/{screen}#{token}"))
}

/// Calls back whenever the address has changed, until the listener is dropped.
#[must_use]
pub fn listen(moved: impl Fn() + 'static) -> Option<EventListener> {
    let window = web_sys::window()?;
    Some(EventListener::new(&window, MOVED, move |_| moved()))
}

/// Shows another screen, without loading the page anew. `address` may carry a token.
pub fn go(address: &str) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let pushed = window
        .history()
        .and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(address)));
    if pushed.is_err() {
        // Browsers limit how often; the address can still be loaded.
        let _ = window.location().assign(address);
        return;
    }
    tell(&window);
    window.scroll_to_with_x_and_y(0.0, 0.0);
}

/// Shows this screen under another address. The one that it had is gone from the address bar and
/// from the session's history, and nothing moves.
pub fn rename(address: &str) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let renamed = window
        .history()
        .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(address)));
    if renamed.is_err() {
        // Browsers limit how often.
        let _ = window.location().replace(address);
        return;
    }
    tell(&window);
}

/// The browser says nothing of what a page does itself.
fn tell(window: &web_sys::Window) {
    if let Ok(event) = web_sys::Event::new(MOVED) {
        let _ = window.dispatch_event(&event);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ed25519_zebra::SigningKey;
    use election_core::ids::{PollId, PrecinctId};
    use election_core::wire::link::{LinkPrecincts, Secret};

    use super::*;

    #[test]
    fn a_polls_address_is_its_voters_link_and_holds_no_key() {
        let precincts = LinkPrecincts {
            count: 4,
            precinct: Some(PrecinctId(2)),
        };
        for precincts in [None, Some(precincts)] {
            let link = Link {
                poll: PollId([1; 32]),
                secret: Secret([2; 16]),
                chair: Some(SigningKey::from([3; 32])),
                precincts,
            };
            for (screen, path) in [(Route::Poll, "/p#"), (Route::Chair, "/chair#")] {
                let address = screen.of_poll(&link);
                assert!(address.starts_with(path), "{address}");
                let read = Link::parse(&address).unwrap();
                assert!(read.chair.is_none(), "{address}");
                assert_eq!(read.token(), link.for_voters().token());
                assert_eq!(read.precincts, precincts);
            }
        }
    }

    #[test]
    fn every_screen_has_its_path_and_nothing_else_has_one() {
        for (path, route) in [
            ("/", Route::Home),
            ("/make", Route::Make),
            ("/p", Route::Poll),
            ("/p/", Route::Poll),
            ("/chair", Route::Chair),
            ("/pp", Route::NotFound),
            ("/p/x", Route::NotFound),
            ("//make", Route::NotFound),
            ("/chair/desk", Route::NotFound),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }

    #[test]
    fn a_path_with_an_escaped_mark_was_meant_to_be_an_address_with_a_token() {
        for (path, address) in [
            ("/p%23AbC", Some("/p#AbC")),
            ("/chair%23AbC%23", Some("/chair#AbC%23")),
            (
                "//elsewhere.example/p%23AbC",
                Some("/elsewhere.example/p#AbC"),
            ),
            ("/p", None),
        ] {
            assert_eq!(meant(path).as_deref(), address, "{path}");
        }
    }
}
