//! The page's addresses. A poll's token stands behind the `#`, which no browser sends to any server.

use std::collections::HashMap;

use yew_router::Routable;
use yew_router::history::{BrowserHistory, History};

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

/// By hand: the derived one brings a pattern matcher along, for five fixed paths.
impl Routable for Route {
    fn from_path(path: &str, _: &HashMap<&str, &str>) -> Option<Self> {
        Self::recognize(path)
    }

    fn to_path(&self) -> String {
        match self {
            Self::Home => "/",
            Self::Make => "/make",
            Self::Poll => "/p",
            Self::Chair => "/chair",
            Self::NotFound => "/not-found",
        }
        .to_owned()
    }

    fn routes() -> Vec<&'static str> {
        vec!["/", "/make", "/p", "/chair", "/not-found"]
    }

    fn not_found_route() -> Option<Self> {
        Some(Self::NotFound)
    }

    fn recognize(path: &str) -> Option<Self> {
        Some(match path.trim_end_matches('/') {
            "" => Self::Home,
            "/make" => Self::Make,
            "/p" => Self::Poll,
            "/chair" => Self::Chair,
            _ => Self::NotFound,
        })
    }
}

/// Shows another screen, without loading the page anew. `address` may carry a token.
pub fn go(address: &str) {
    BrowserHistory::new().push(address);
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_its_path_and_nothing_else_has_one() {
        for route in [
            Route::Home,
            Route::Make,
            Route::Poll,
            Route::Chair,
            Route::NotFound,
        ] {
            assert_eq!(Route::recognize(&route.to_path()), Some(route));
        }
        for path in ["/pp", "/p/x", "//make", "/chair/desk"] {
            assert_eq!(Route::recognize(path), Some(Route::NotFound), "{path}");
        }
        assert_eq!(Route::recognize("/p/"), Some(Route::Poll));
    }
}
