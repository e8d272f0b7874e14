//! Which web pages may open a connection.
//!
//! Browsers let any page open a WebSocket anywhere and only say whose page it is; it is for the
//! server to refuse. Programs name no origin and pass: this protects people from foreign pages, not
//! the relay from programs.

use std::fmt;

use axum::http::{HeaderMap, header};

/// Whether a request with these headers may connect: without an Origin, from the relay's own page,
/// or from an allowed one.
pub(crate) fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Some(origin) = origin.to_str().ok().and_then(Origin::parse) else {
        return false;
    };
    if allowed
        .iter()
        .any(|allowed| Origin::parse(allowed).is_some_and(|allowed| allowed == origin))
    {
        return true;
    }
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(|host| origin.scheme.authority(host))
        .is_some_and(|own| own == origin.authority)
}

/// Reads an origin from an operator: scheme, host, and perhaps a port.
///
/// The answer is as browsers write it: in lower case, and without a port that is the scheme's own.
///
/// # Errors
/// A sentence that says what an origin looks like.
pub fn parse_origin(text: &str) -> Result<String, String> {
    let origin = Origin::parse(text.strip_suffix('/').unwrap_or(text)).ok_or(
        "an origin is a scheme and a host, such as https://polls.example.org or http://127.0.0.1:8081",
    )?;
    Ok(origin.to_string())
}

/// Whether this is a host as a Host header has it, perhaps with a port.
pub(crate) fn is_host(text: &str) -> bool {
    Scheme::Http.authority(text).is_some()
}

/// Where a page is from. Two are the same if they reach the same port of the same host by the same
/// scheme, however they are written.
#[derive(Debug, PartialEq, Eq)]
struct Origin {
    scheme: Scheme,
    authority: Authority,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

#[derive(Debug, PartialEq, Eq)]
struct Authority {
    /// In lower case; an IPv6 address with its brackets.
    host: String,
    port: u16,
}

impl Origin {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let authority = scheme.authority(authority)?;
        Some(Self { scheme, authority })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Authority { host, port } = &self.authority;
        write!(f, "{}://{host}", self.scheme.name())?;
        if *port == self.scheme.default_port() {
            Ok(())
        } else {
            write!(f, ":{port}")
        }
    }
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that is meant where none is written.
    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// Reads `host`, `host:port` or `host:`, the last of which RFC 3986 (section 3.2.3) takes for
    /// the first.
    fn authority(self, text: &str) -> Option<Authority> {
        let end_of_host = match text.strip_prefix('[') {
            Some(address) => address.find(']')? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (host, rest) = text.split_at(end_of_host);
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => self.default_port(),
            None => return None,
            Some("") => self.default_port(),
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok()?
            }
            Some(_) => return None,
        };
        if host.is_empty() || host.contains(['/', '?', '#', '@', '*', ',', ' ']) {
            return None;
        }
        Some(Authority {
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(origin: Option<&str>, host: Option<&str>, allowed: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        if let Some(host) = host {
            headers.insert(header::HOST, host.parse().unwrap());
        }
        let allowed: Vec<String> = allowed.iter().map(|origin| (*origin).to_owned()).collect();
        is_allowed(&headers, &allowed)
    }

    #[test]
    fn programs_and_the_own_page_pass() {
        assert!(check(None, Some("polls.example.org"), &[]));
        assert!(check(
            Some("https://polls.example.org"),
            Some("polls.example.org"),
            &[]
        ));
        assert!(check(
            Some("http://127.0.0.1:8080"),
            Some("127.0.0.1:8080"),
            &[]
        ));
        assert!(check(
            Some("https://Polls.Example.org"),
            Some("polls.example.ORG"),
            &[]
        ));
    }

    #[test]
    fn foreign_pages_pass_only_by_the_list() {
        let host = Some("polls.example.org");
        for foreign in [
            "https://evil.example",
            "https://polls.example.org.evil.example",
            "https://polls.example.org:444",
            "null",
            "polls.example.org",
            "ftp://polls.example.org",
        ] {
            assert!(!check(Some(foreign), host, &[]), "{foreign}");
        }
        assert!(!check(Some("https://polls.example.org"), None, &[]));
        assert!(check(
            Some("https://other.example"),
            host,
            &["https://other.example"]
        ));
        assert!(!check(
            Some("http://other.example"),
            host,
            &["https://other.example"]
        ));
    }

    #[test]
    fn a_port_that_goes_without_saying_may_be_said() {
        let same = [
            ("https://x", "x:443"),
            ("https://x:443", "x"),
            ("http://x", "x:80"),
            ("http://x:80", "X"),
            ("https://x", "x:"),
            ("https://[2001:DB8::1]", "[2001:db8::1]:443"),
            ("HTTP://[::1]:80", "[::1]"),
        ];
        for (origin, host) in same {
            assert!(check(Some(origin), Some(host), &[]), "{origin} {host}");
        }
        // The default of one scheme is a port like any other for the other.
        let others = [
            ("http://x", "x:443"),
            ("https://x", "x:80"),
            ("https://x:80", "x"),
            ("https://x", "x:8443"),
            ("https://x", "x:443:443"),
            ("https://x", "x:+443"),
            ("https://x", "x:65979"),
            ("https://[::1]", "[::1]443"),
            ("https://[::1", "[::1"),
            ("https://:443", ":443"),
        ];
        for (origin, host) in others {
            assert!(!check(Some(origin), Some(host), &[]), "{origin} {host}");
        }
    }

    #[test]
    fn an_allowed_origin_may_be_written_with_its_port_too() {
        let host = Some("relay.example.org");
        assert!(check(Some("https://x"), host, &["https://x:443"]));
        assert!(check(Some("https://x:443"), host, &["https://x"]));
        assert!(check(Some("http://x"), host, &["http://x:80"]));
        assert!(!check(Some("http://x"), host, &["http://x:443"]));
        assert_eq!(parse_origin("https://X:443/"), Ok("https://x".to_owned()));
        assert_eq!(parse_origin("http://x:443"), Ok("http://x:443".to_owned()));
        assert_eq!(
            parse_origin("http://[::1]:80"),
            Ok("http://[::1]".to_owned())
        );
        assert!(parse_origin("https://x:port").is_err());
    }

    #[test]
    fn an_operator_may_write_an_origin_with_a_slash_but_not_with_a_path() {
        assert_eq!(
            parse_origin("https://Polls.example.org/"),
            Ok("https://polls.example.org".to_owned())
        );
        for bad in [
            "polls.example.org",
            "https://",
            "https://a/b",
            "https://a@b",
            "*",
        ] {
            assert!(parse_origin(bad).is_err(), "{bad}");
        }
    }
}
