//! The page's addresses. A poll's token stands behind the `#`, which no browser sends to any server.

use yew_router::Routable;
use yew_router::history::{BrowserHistory, History};

/// Which screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Routable)]
pub enum Route {
    /// Make, join, recent polls.
    #[at("/")]
    Home,
    /// Make a poll.
    #[at("/make")]
    Make,
    /// A poll: `/p#TOKEN`.
    #[at("/p")]
    Poll,
    /// The chair's desk: `/chair#TOKEN`, with a chair's token.
    #[at("/chair")]
    Chair,
    /// Anything else.
    #[not_found]
    #[at("/not-found")]
    NotFound,
}

/// Shows another screen, without loading the page anew. `address` may carry a token.
pub fn go(address: &str) {
    BrowserHistory::new().push(address);
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}
