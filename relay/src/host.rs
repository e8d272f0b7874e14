//! A request names one host (RFC 9112, section 3.2), or it is refused before anything looks at it.
//!
//! What stands in front of the relay may take another of two hosts than the relay does, and then
//! the comparison with a page's origin would say nothing.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::origin;

/// Lets requests pass that name exactly one host; those of HTTP/1.0 may name none.
pub(crate) async fn require_one_host(request: Request, next: Next) -> Response {
    if names_one_host(request.version(), request.headers()) {
        return next.run(request).await;
    }
    let message = "a request needs exactly one Host header, with a host and perhaps a port\n";
    (StatusCode::BAD_REQUEST, message).into_response()
}

fn names_one_host(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(host), None) => host.to_str().is_ok_and(origin::is_host),
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(version: Version, hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().unwrap());
        }
        names_one_host(version, &headers)
    }

    #[test]
    fn one_host_passes_and_none_does_in_old_requests_only() {
        for host in [
            "x",
            "x:443",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:80",
            "my_box.local",
        ] {
            assert!(check(Version::HTTP_11, &[host]), "{host}");
        }
        assert!(!check(Version::HTTP_11, &[]));
        assert!(check(Version::HTTP_10, &[]));
    }

    #[test]
    fn two_hosts_are_refused_however_they_are_written() {
        assert!(!check(Version::HTTP_11, &["a", "b"]));
        assert!(!check(Version::HTTP_11, &["a", "a"]));
        assert!(!check(Version::HTTP_10, &["a", "b"]));
        assert!(!check(Version::HTTP_11, &["a, b"]));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for host in ["", ":80", "a/b", "u@a", "a b", "a:b", "[::1"] {
            assert!(!check(Version::HTTP_11, &[host]), "{host}");
        }
    }
}
