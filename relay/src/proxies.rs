//! Whose request it is that a proxy passes on.
//!
//! A proxy that the operator has named says so in `X-Forwarded-For`; from everybody else that
//! header is a claim that anyone can write, and counts for nothing.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Reads a proxy from an operator: an address, or a network such as `10.0.0.0/8`.
///
/// # Errors
/// A sentence that says what it looks like.
pub fn parse_proxy(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| {
        "a proxy is named by its IP address or network, such as 127.0.0.1 or 10.0.0.0/8".to_owned()
    })
}

/// Whether this address is a proxy's.
pub(crate) fn is_proxy(proxies: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|network| network.contains(&address))
}

/// Whose request with these headers it is, if the socket is `peer`'s.
///
/// Each proxy appends whom it has the request from, so the list is read from its end for as long as
/// it was a proxy who wrote the entry. What is no address is passed over with all before it: then
/// it is the last proxy's own request.
pub(crate) fn client(proxies: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let lines: Vec<&[u8]> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    let mut client = peer;
    // Entry by entry: what a client wrote before may be any bytes, and must not spoil what the
    // proxy appended.
    let entries = lines
        .iter()
        .rev()
        .flat_map(|line| line.rsplit(|byte| *byte == b','));
    for entry in entries {
        if !is_proxy(proxies, client) {
            break;
        }
        match str::from_utf8(entry)
            .ok()
            .and_then(|entry| address(entry.trim()))
        {
            Some(address) => client = address,
            None => break,
        }
    }
    client.to_canonical()
}

/// An address, perhaps with a port, and perhaps in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse().ok()
    };
    text.parse().ok().or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn client_of(peer: &str, lines: &[&str]) -> String {
        let proxies: Vec<IpNet> = ["127.0.0.1", "10.0.0.0/8", "::1"]
            .map(|proxy| parse_proxy(proxy).unwrap())
            .to_vec();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        client(&proxies, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_proxy_is_believed_and_nobody_else() {
        assert_eq!(client_of("127.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client_of("::ffff:127.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client_of("127.0.0.2", &["192.0.2.7"]), "127.0.0.2");
        assert_eq!(client_of("198.51.100.1", &["192.0.2.7"]), "198.51.100.1");
    }

    #[test]
    fn what_a_client_wrote_itself_comes_before_what_the_proxy_wrote() {
        let lines = ["203.0.113.9, 192.0.2.7"];
        assert_eq!(client_of("127.0.0.1", &lines), "192.0.2.7");
        let lines = ["203.0.113.9", "192.0.2.7"];
        assert_eq!(client_of("127.0.0.1", &lines), "192.0.2.7");
        let lines = ["10.0.0.1, 203.0.113.9", "192.0.2.7,10.1.2.3"];
        assert_eq!(client_of("127.0.0.1", &lines), "192.0.2.7");
    }

    #[test]
    fn addresses_come_in_several_ways() {
        for (entry, expected) in [
            ("192.0.2.7:4711", "192.0.2.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(client_of("127.0.0.1", &[entry]), expected);
        }
    }

    #[test]
    fn without_an_address_it_is_the_proxys_own_request() {
        for lines in [&[][..], &[""], &["unknown"], &["192.0.2.7, unknown"]] {
            assert_eq!(client_of("127.0.0.1", lines), "127.0.0.1");
        }
        assert_eq!(client_of("127.0.0.1", &["unknown, 10.0.0.5"]), "10.0.0.5");
    }

    #[test]
    fn bytes_that_a_client_wrote_do_not_hide_what_the_proxy_wrote() {
        let proxies = [parse_proxy("127.0.0.1").unwrap()];
        let client_of = |lines: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap());
            }
            client(&proxies, "127.0.0.1".parse().unwrap(), &headers).to_string()
        };
        assert_eq!(client_of(&[b"\xff, 192.0.2.7"]), "192.0.2.7");
        assert_eq!(client_of(&[b"\xff", b"192.0.2.7"]), "192.0.2.7");
        assert_eq!(client_of(&[b"192.0.2.7, \xff"]), "127.0.0.1");
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        assert!(parse_proxy("10.0.0.0/8").is_ok());
        assert!(parse_proxy("2001:db8::/32").is_ok());
        for wrong in ["", "localhost", "10.0.0.0/33", "127.0.0.1:80"] {
            let message = parse_proxy(wrong).unwrap_err();
            assert!(message.contains("such as 127.0.0.1"), "{message}");
        }
    }
}
