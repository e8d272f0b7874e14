//! Which web pages may open a connection.
//!
//! Browsers let any page open a WebSocket anywhere and only say whose page it is; it is for the server to refuse.
//! Programs name no origin and pass: this protects people from foreign pages, not the relay from programs.

use axum::http::{HeaderMap, header};

/// Whether a request with these headers may connect: without an Origin, from the relay's own page, or from an
/// allowed one.
pub(crate) fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if allowed
        .iter()
        .any(|allowed| allowed.eq_ignore_ascii_case(origin))
    {
        return true;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    matches!((authority, host), (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host))
}

/// Reads an origin from an operator: scheme, host, and the port unless it is the scheme's own.
///
/// # Errors
/// A sentence that says what an origin looks like.
pub fn parse_origin(text: &str) -> Result<String, String> {
    let origin = text.strip_suffix('/').unwrap_or(text);
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    match authority {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(origin.to_ascii_lowercase()),
        _ => Err("an origin is a scheme and a host, such as https://polls.example.org or http://127.0.0.1:8081".into()),
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
