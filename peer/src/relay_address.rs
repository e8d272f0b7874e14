//! Where the relay is: its base address, for sockets and for links.

use std::fmt;

use election_core::wire::link::FoundLink;
use thiserror::Error;
use url::Url;

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
    /// With the scheme http or https, and without user, query and fragment.
    url: Url,
}

impl RelayAddress {
    /// Reads an address with one of the schemes http, https, ws and wss.
    ///
    /// # Errors
    /// [`BadRelay`], with a sentence for the person who gave it.
    pub fn parse(text: &str) -> Result<Self, BadRelay> {
        if text.contains(['#', '?']) {
            return Err(BadRelay::TooMuch(shown(text)));
        }
        let url = parse(text)?;
        Ok(Self { url })
    }

    /// The origin of the address in front of a link's `#`: the page and its relay are served from
    /// one. `None` for a bare token.
    ///
    /// # Errors
    /// [`BadRelay`] when something else stands there.
    pub fn of_link(link: &FoundLink) -> Result<Option<Self>, BadRelay> {
        let Some(page) = &link.address else {
            return Ok(None);
        };
        let mut url = parse(page)?;
        url.set_path("");
        url.set_query(None);
        url.set_fragment(None);
        Ok(Some(Self { url }))
    }

    /// Whether the socket is TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// What a WebSocket to that room connects to.
    #[must_use]
    pub fn room(&self, room: &str) -> String {
        format!("{self}/relay/{room}").replacen("http", "ws", 1)
    }
}

/// As a browser would open it, without a slash at its end.
impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

fn shown(text: &str) -> String {
    text.trim().chars().take(100).collect()
}

fn parse(text: &str) -> Result<Url, BadRelay> {
    let not_an_address = || BadRelay::NotAnAddress(shown(text));
    // Line breaks within an address would be passed over.
    if text.len() > MAX_ADDRESS || text.trim().contains(char::is_whitespace) {
        return Err(not_an_address());
    }
    let (scheme, place) = text.trim().split_once("://").ok_or_else(not_an_address)?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" => "http",
        "https" | "wss" => "https",
        _ => return Err(not_an_address()),
    };
    // Browsers take the first part of a path for the host that is not there.
    if place.starts_with(['/', '\\']) {
        return Err(not_an_address());
    }
    let url = Url::parse(&format!("{scheme}://{place}")).map_err(|_| not_an_address())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadRelay::TooMuch(shown(text)));
    }
    Ok(url)
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
            (
                "WSS://Wähl.example:443",
                "wss://xn--whl-qla.example/relay/r",
                "https://xn--whl-qla.example",
            ),
        ] {
            let relay = RelayAddress::parse(given).unwrap();
            assert_eq!(relay.room("r"), socket);
            assert_eq!(relay.to_string(), page);
        }
        assert_eq!(RelayAddress::parse(DEFAULT).unwrap().to_string(), DEFAULT);
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
            "http:example.org",
            "http:\\\\example.org",
            "http://\\p",
            "/p",
            "relay",
            "http://a b",
            "http://a.example\n.b.example",
            "http://a:99999",
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
            (
                "https://wähl.example/p#TOKEN",
                Some("https://xn--whl-qla.example"),
            ),
            ("TOKEN", None),
            ("#TOKEN", None),
        ] {
            let relay = of(text).unwrap().map(|relay| relay.to_string());
            assert_eq!(relay.as_deref(), origin, "{text}");
        }
        assert!(of("example.org/p#TOKEN").is_err());
        let with_user = of("https://user:word@example.org/p#TOKEN");
        assert!(matches!(with_user, Err(BadRelay::TooMuch(_))));
    }
}
