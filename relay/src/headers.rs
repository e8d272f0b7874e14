//! What every answer tells the browser to refuse.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};

/// Adds the headers that every answer carries, page or not.
pub(crate) fn add_security_headers(headers: &mut HeaderMap, policy: HeaderValue) {
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // A poll's link is its key. The fragment is never sent, but the rest is nobody's business
    // either.
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    let opener_policy = HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(opener_policy, HeaderValue::from_static("same-origin"));
}

/// Marks an answer that says nothing about caching as one not to be kept.
///
/// A cache may otherwise keep a 404 for as long as it likes (RFC 9111, section 4.2.2), also of a
/// file that is there after the next build. A 304 speaks of the answer that the cache has.
pub(crate) fn forbid_caching_by_default(response: &mut Response) {
    let status = response.status();
    if status != StatusCode::SWITCHING_PROTOCOLS && status != StatusCode::NOT_MODIFIED {
        response
            .headers_mut()
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
}

/// The policy for this `index.html`: everything from here and nothing from elsewhere, and of inline
/// scripts exactly those it has now.
pub(crate) fn content_security_policy(index_html: &str) -> HeaderValue {
    let hashes: String = inline_scripts(index_html)
        .iter()
        .map(|script| {
            format!(
                " 'sha256-{}'",
                BASE64.encode(&Sha256::digest(script.as_bytes()))
            )
        })
        .collect();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
         manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("the parts above and base64 are visible ASCII")
}

/// The text of each script element that has no `src`, as a browser sees it.
///
/// This reads what a build tool writes, not all that HTML allows: whatever it takes for a script
/// too many only adds a hash of text that is the page's own.
fn inline_scripts(html: &str) -> Vec<String> {
    // ASCII only, so that positions in both strings are the same.
    let lower = html.to_ascii_lowercase();
    let mut scripts = Vec::new();
    let mut position = 0;
    while let Some(found) = lower[position..].find("<script") {
        let attributes = position + found + "<script".len();
        let Some(text) = end_of_tag(&lower, attributes) else {
            break;
        };
        let Some(length) = lower[text..].find("</script") else {
            break;
        };
        if !has_source(&lower[attributes..text]) {
            // Browsers turn line ends into LF before anything else.
            scripts.push(
                html[text..text + length]
                    .replace("\r\n", "\n")
                    .replace('\r', "\n"),
            );
        }
        position = text + length;
    }
    scripts
}

/// The position after the `>` that ends a tag; one within quotes does not.
fn end_of_tag(html: &str, from: usize) -> Option<usize> {
    let mut quote = None;
    for (offset, byte) in html[from..].bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(from + offset + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn has_source(attributes: &str) -> bool {
    attributes
        .split(|c: char| c.is_ascii_whitespace() || c == '>')
        .any(|part| part.starts_with("src="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_and_those_with_a_source_are_not() {
        let html = "<html><SCRIPT type=\"module\" data-x=\"a>b\">\r\nlet a = '<b>';\r\n</SCRIPT>\
                    <script src=\"/app.js\"></script><script\n src=/b.js ></script><script>two()</script >";
        assert_eq!(inline_scripts(html), ["\nlet a = '<b>';\n", "two()"]);
    }

    #[test]
    fn html_that_ends_too_early_has_no_script() {
        for html in [
            "<script",
            "<script a='",
            "<script>",
            "<script>x</scrip",
            "",
            "é<script>",
        ] {
            assert!(inline_scripts(html).is_empty(), "{html}");
        }
    }

    #[test]
    fn the_policy_names_the_hash_of_a_script() {
        // The well-known SHA-256 of "abc", in base64.
        let policy = content_security_policy("<script>abc</script>");
        let expected = "script-src 'self' 'wasm-unsafe-eval' 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';";
        assert!(
            policy
                .to_str()
                .is_ok_and(|policy| policy.contains(expected))
        );
        let without = content_security_policy("");
        assert!(
            without
                .to_str()
                .is_ok_and(|policy| policy.contains("'wasm-unsafe-eval';"))
        );
    }
}
