//! Which site a pasted link belongs to, and who can open links of this one.

use std::net::IpAddr;

use super::text;

/// The origin of an address, such as `https://example.org`; nothing for a bare token or another
/// kind of address.
#[must_use]
pub fn of(link: &str) -> Option<&str> {
    let link = link.trim();
    let start = ["https://", "http://"]
        .into_iter()
        .find(|scheme| {
            link.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })?
        .len();
    let host = link[start..].find(['/', '?', '#', '\\']);
    Some(&link[..host.map_or(link.len(), |end| start + end)])
}

/// From where addresses of a host can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// From this device alone.
    Device,
    /// From the same network.
    Network,
    /// From anywhere, as far as the name says.
    Anywhere,
}

impl Reach {
    /// Of a host as an address has it, without its port.
    #[must_use]
    pub fn of(host: &str) -> Self {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let ends = |end: &str| host == end || host.ends_with(&format!(".{end}"));
        match host.parse::<IpAddr>() {
            Ok(address) if address.is_loopback() || address.is_unspecified() => Self::Device,
            Ok(IpAddr::V4(address)) if address.is_private() || address.is_link_local() => {
                Self::Network
            }
            Ok(IpAddr::V6(address))
                if address.is_unique_local() || address.is_unicast_link_local() =>
            {
                Self::Network
            }
            Ok(_) => Self::Anywhere,
            Err(_) if ends("localhost") => Self::Device,
            // A name without a dot, and those of multicast DNS (RFC 6762), mean something in one
            // network only.
            Err(_) if ends("local") || !host.contains('.') => Self::Network,
            Err(_) => Self::Anywhere,
        }
    }

    /// What to tell who sends such a link; nothing where anybody can open it. Only the chair can
    /// make the poll elsewhere.
    #[must_use]
    pub fn warning(self, chair: bool) -> Option<&'static str> {
        match (self, chair) {
            (Self::Device, true) => Some(text::share::this_device_chair()),
            (Self::Device, false) => Some(text::share::this_device()),
            (Self::Network, _) => Some(text::share::this_network()),
            (Self::Anywhere, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_web_address_has_one() {
        for (link, origin) in [
            ("https://a.example/p#X", Some("https://a.example")),
            (
                " http://127.0.0.1:8080/chair#X\n",
                Some("http://127.0.0.1:8080"),
            ),
            ("HTTPS://a.example#X", Some("HTTPS://a.example")),
            ("https://a.example", Some("https://a.example")),
            ("javascript:alert(1)//https://a.example/p#X", None),
            ("/p#X", None),
            ("AbC", None),
            ("ünï#X", None),
        ] {
            assert_eq!(of(link), origin, "{link}");
        }
    }

    #[test]
    fn only_the_chair_is_advised_to_make_the_poll_elsewhere() {
        for reach in [Reach::Device, Reach::Network, Reach::Anywhere] {
            let [chair, voter] = [true, false].map(|chair| reach.warning(chair));
            assert_eq!(chair.is_some(), voter.is_some());
            assert_eq!(
                chair.is_some_and(|says| says.contains("make the poll")),
                reach == Reach::Device
            );
            assert!(
                !voter.is_some_and(|says| says.contains("make")),
                "{voter:?}"
            );
        }
    }

    #[test]
    fn what_leads_to_this_device_or_network_is_told_from_the_rest() {
        for (host, reach) in [
            ("127.0.0.1", Reach::Device),
            ("127.9.8.7", Reach::Device),
            ("[::1]", Reach::Device),
            ("0.0.0.0", Reach::Device),
            ("LocalHost", Reach::Device),
            ("poll.localhost", Reach::Device),
            ("192.168.1.20", Reach::Network),
            ("10.0.0.7", Reach::Network),
            ("169.254.3.4", Reach::Network),
            ("[fe80::1]", Reach::Network),
            ("[fd00::7]", Reach::Network),
            ("laptop", Reach::Network),
            ("laptop.local", Reach::Network),
            ("polls.example.org", Reach::Anywhere),
            ("203.0.113.9", Reach::Anywhere),
            ("notlocalhost.example", Reach::Anywhere),
        ] {
            assert_eq!(Reach::of(host), reach, "{host}");
        }
    }
}
