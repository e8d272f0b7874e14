//! The built page's files and headers.

use election_relay::{Config, ServeError, Server};

use crate::support::{Answer, Client, Folder, TestRelay, get, request};

const INDEX: &[u8] = b"<!doctype html><script type=\"module\">abc</script>";
const SCRIPT: &str = "/election-web-0123456789abcdef.js";
const WASM: &str = "/election-web-0123456789abcdef_bg.wasm";

/// A relay with a page like one that the build writes.
async fn relay_with_page() -> (TestRelay, Folder) {
    let folder = Folder::with(&[
        ("index.html", INDEX),
        (&SCRIPT[1..], b"export default 1;"),
        (&WASM[1..], b"\0asm plain"),
        (&format!("{}.br", &WASM[1..]), b"as brotli"),
        (&format!("{}.gz", &WASM[1..]), b"as gzip"),
        ("sw.js", b"self;"),
        ("manifest.webmanifest", b"{}"),
        ("icons/icon.svg", b"<svg/>"),
    ]);
    let config = Config {
        dist: Some(folder.path().to_owned()),
        ..Config::default()
    };
    (TestRelay::start(config).await, folder)
}

fn assert_is_index(answer: &Answer) {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, INDEX);
    assert_eq!(answer.header("content-type"), "text/html");
    assert_eq!(answer.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn the_page_routes_its_own_paths() {
    let (relay, _folder) = relay_with_page().await;
    for path in [
        "/",
        "/p",
        "/make",
        "/p/some/place",
        "/p?query",
        "/icons/",
        "/index.html",
    ] {
        assert_is_index(&get(relay.address, path).await);
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_found() {
    let (relay, _folder) = relay_with_page().await;
    for path in [
        "/nothing.js",
        "/election-web-ffffffffffffffff.js",
        "/icons/none.svg",
        "/p/sw.js",
    ] {
        let answer = get(relay.address, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn nothing_outside_of_the_folder_is_served() {
    let (relay, folder) = relay_with_page().await;
    let secret = folder.path().with_extension("secret.txt");
    std::fs::write(&secret, "secret").unwrap();
    let name = secret.file_name().unwrap().to_str().unwrap();
    for path in [
        format!("/../{name}"),
        format!("/%2e%2e/{name}"),
        format!("/icons/..%2f..%2f{name}"),
    ] {
        let answer = get(relay.address, &path).await;
        assert_ne!(answer.body, b"secret", "{path}");
        assert_ne!(answer.status, 200, "{path}");
    }
    std::fs::remove_file(secret).unwrap();
}

#[tokio::test]
async fn files_have_their_type_and_may_be_kept_if_their_name_has_a_hash() {
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    let (relay, _folder) = relay_with_page().await;
    let cases = [
        (SCRIPT, "text/javascript", FOR_EVER),
        (WASM, "application/wasm", FOR_EVER),
        ("/sw.js", "text/javascript", "no-cache"),
        (
            "/manifest.webmanifest",
            "application/manifest+json",
            "no-cache",
        ),
        ("/icons/icon.svg", "image/svg+xml", "no-cache"),
    ];
    for (path, content_type, cache) in cases {
        let answer = get(relay.address, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), content_type, "{path}");
        assert_eq!(answer.header("cache-control"), cache, "{path}");
    }
}

#[tokio::test]
async fn a_compressed_copy_is_sent_to_who_takes_it() {
    let (relay, _folder) = relay_with_page().await;
    let cases: [(&str, &str, &[u8]); 3] = [
        ("gzip, deflate, br", "br", b"as brotli"),
        ("gzip", "gzip", b"as gzip"),
        ("identity", "", b"\0asm plain"),
    ];
    for (accepted, encoding, body) in cases {
        let answer = request(
            relay.address,
            WASM,
            &format!("Accept-Encoding: {accepted}\r\n"),
        )
        .await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-encoding"), encoding);
        assert_eq!(answer.header("content-type"), "application/wasm");
        assert!(
            answer
                .header("vary")
                .eq_ignore_ascii_case("accept-encoding"),
            "{accepted}"
        );
        assert_eq!(answer.body, body);
    }
}

#[tokio::test]
async fn the_policy_allows_the_inline_script_and_nothing_foreign() {
    let (relay, _folder) = relay_with_page().await;
    for path in ["/", "/healthz", "/nothing.js", SCRIPT, "/relay/room"] {
        let answer = get(relay.address, path).await;
        // The well-known SHA-256 of "abc", in base64.
        let expected = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' \
            'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='; style-src 'self'; \
            style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
            manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        assert_eq!(answer.header("content-security-policy"), expected, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
    }
}

#[tokio::test]
async fn without_a_page_it_is_still_a_relay() {
    let relay = TestRelay::start(Config::default()).await;
    let answer = get(relay.address, "/").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/plain"));
    assert!(String::from_utf8_lossy(&answer.body).contains("relay without a page"));
    assert_eq!(get(relay.address, "/p").await.status, 404);
    let (client, _) = Client::join(&relay, "room").await;
    client.leave().await;
}

#[test]
fn a_folder_without_a_page_is_refused_at_the_start() {
    let folder = Folder::with(&[("something.txt", b"else")]);
    let outcome = Server::new(Config {
        dist: Some(folder.path().to_owned()),
        ..Config::default()
    });
    assert!(matches!(outcome, Err(ServeError::Page(_))));
}
