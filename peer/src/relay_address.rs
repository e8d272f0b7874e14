//! Where the relay is: its base address, for sockets and for links.

use std::fmt;

use election_core::wire::link::FoundLink;
use thiserror::Error;
use tokio_tungstenite::tungstenite::http::Uri;

/// Where a relay is looked for when nothing else says so: where `cargo xtask run` serves it.
pub const DEFAULT: &str = "http://127.0.0.1:8080";
/// The most characters of an address.
const MAX_ADDRESS: usize = 1_000;

/// Why a text is not a relay's address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadRelay {
    /// No address of a relay.
    #[error(
        "`{0}` is not a relay's address: give one like {DEFAULT} or wss://poll.example.org with --relay"
    )]
    NotAnAddress(String),
    /// It would be sent to the relay, or be lost.
    #[error("a relay's address takes no user name, `?` or `#`: `{0}`; give another with --relay")]
    TooMuch(String),
}

/// A relay's base address. http and ws mean the same relay, and so do https and wss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayAddress {
    secure: bool,
    /// Host, port if given, and path without a slash at its end.
    place: String,
}

impl RelayAddress {
    /// Reads an address with one of the schemes http, https, ws and wss.
    ///
    /// # Errors
    /// [`BadRelay`], with a sentence for the person who gave it.
    pub fn parse(text: &str) -> Result<Self, BadRelay> {
        let text = text.trim();
        let shown = || text.chars().take(100).collect::<String>();
        let not_an_address = || BadRelay::NotAnAddress(shown());
        if text.len() > MAX_ADDRESS {
            return Err(not_an_address());
        }
        if text.contains(['#', '?', '@']) {
            return Err(BadRelay::TooMuch(shown()));
        }
        let uri: Uri = text.parse().map_err(|_| not_an_address())?;
        let secure = match uri.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            _ => return Err(not_an_address()),
        };
        let authority = uri
            .authority()
            .filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or_else(not_an_address)?;
        Ok(Self {
            secure,
            place: format!("{authority}{}", uri.path().trim_end_matches('/')),
        })
    }

    /// The origin of the address in front of a link's `#`: the page and its relay are served from one. `None` for a bare token.
    ///
    /// # Errors
    /// [`BadRelay`] when something else stands there.
    pub fn of_link(link: &FoundLink) -> Result<Option<Self>, BadRelay> {
        let Some(page) = &link.address else {
            return Ok(None);
        };
        let page = page.split(['#', '?']).next().unwrap_or_default();
        let relay = Self::parse(page)?;
        let origin = relay.place.split('/').next().unwrap_or_default();
        Ok(Some(Self {
            secure: relay.secure,
            place: origin.to_owned(),
        }))
    }

    /// Whether the socket is TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// What a WebSocket to that room connects to.
    #[must_use]
    pub fn room(&self, room: &str) -> String {
        format!(
            "{}://{}/relay/{room}",
            if self.secure { "wss" } else { "ws" },
            self.place
        )
    }
}

impl Default for RelayAddress {
    fn default() -> Self {
        Self {
            secure: false,
            place: DEFAULT.trim_start_matches("http://").to_owned(),
        }
    }
}

/// As a browser would open it.
impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}",
            if self.secure { "https" } else { "http" },
            self.place
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use election_core::ids::PollId;
    use election_core::wire::link::{Link, Secret};

    #[test]
    fn each_scheme_leads_to_the_socket_and_back_to_the_page() {
        for (given, socket, page) in [
            (
                "http://127.0.0.1:8080",
                "ws://127.0.0.1:8080/relay/r",
                "http://127.0.0.1:8080",
            ),
            (
                "ws://127.0.0.1:8080/",
                "ws://127.0.0.1:8080/relay/r",
                "http://127.0.0.1:8080",
            ),
            (
                " https://poll.example.org ",
                "wss://poll.example.org/relay/r",
                "https://poll.example.org",
            ),
            (
                "wss://example.org/poll/",
                "wss://example.org/poll/relay/r",
                "https://example.org/poll",
            ),
            ("ws://[::1]:9", "ws://[::1]:9/relay/r", "http://[::1]:9"),
        ] {
            let relay = RelayAddress::parse(given).unwrap();
            assert_eq!(relay.room("r"), socket);
            assert_eq!(relay.to_string(), page);
        }
        assert_eq!(
            RelayAddress::default(),
            RelayAddress::parse(DEFAULT).unwrap()
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("http://{}", "a".repeat(100_000));
        for text in [
            "",
            "127.0.0.1:8080",
            "ftp://example.org",
            "http://",
            "http:///p",
            "/p",
            "relay",
            "http://ä",
            &long,
        ] {
            assert!(
                matches!(RelayAddress::parse(text), Err(BadRelay::NotAnAddress(_))),
                "{text}"
            );
        }
        for text in [
            "http://user:word@example.org",
            "http://example.org/?a=b",
            "http://example.org/#x",
        ] {
            assert!(
                matches!(RelayAddress::parse(text), Err(BadRelay::TooMuch(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_link_names_the_relay_by_its_origin() {
        let link = Link {
            poll: PollId([7; 32]),
            secret: Secret([9; 16]),
            chair: None,
            precincts: None,
        };
        let of = |text: &str| {
            let text = text.replace("TOKEN", &link.token());
            RelayAddress::of_link(&FoundLink::in_text(&text).unwrap())
        };
        for (text, origin) in [
            (
                "http://127.0.0.1:9000/p#TOKEN",
                Some("http://127.0.0.1:9000"),
            ),
            (
                "(https://example.org/deep/p?x=y#TOKEN)",
                Some("https://example.org"),
            ),
            (
                "vote: https://example.org/p%23TOKEN.",
                Some("https://example.org"),
            ),
            ("TOKEN", None),
            ("#TOKEN", None),
        ] {
            let relay = of(text).unwrap().map(|relay| relay.to_string());
            assert_eq!(relay.as_deref(), origin, "{text}");
        }
        assert!(of("example.org/p#TOKEN").is_err());
    }
}
