//! Which site a pasted link belongs to.

/// The origin of the first link in a text, such as `https://example.org`; nothing for a bare token or another kind of address.
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
}
