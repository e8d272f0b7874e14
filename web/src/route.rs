//! The page's addresses. A poll's token stands behind the `#`, which no browser sends to any server.

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
    /// `/chair#TOKEN`, with a chair's token: the chair's desk.
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
    // The browser says nothing of what a page does itself.
    if let Ok(event) = web_sys::Event::new(MOVED) {
        let _ = window.dispatch_event(&event);
    }
    window.scroll_to_with_x_and_y(0.0, 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
