//! The built page: files with the right headers, and `index.html` for every path that the page
//! routes itself.

use std::io;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{from_fn, map_response};
use axum::response::{IntoResponse, Response};
use thiserror::Error;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::headers::{add_security_headers, content_security_policy, forbid_caching_by_default};
use crate::host::require_one_host;

const INDEX: &str = "/index.html";
/// For files whose name changes with their content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// For all others: keep it, but ask each time whether it is still the same.
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("no-cache");

/// The page's folder cannot be served.
#[derive(Debug, Error)]
#[error(
    "cannot read {path} ({source}): build the page first, or leave --dist out to run a relay without a page"
)]
pub struct PageError {
    path: PathBuf,
    source: io::Error,
}

/// What is served beside the relay.
pub(crate) struct Pages {
    files: Option<ServeDir>,
    policy: HeaderValue,
}

impl Pages {
    /// Looks at the folder of the built page; the inline scripts of its `index.html` are those that
    /// may run.
    pub(crate) fn open(dist: Option<&Path>) -> Result<Self, PageError> {
        let Some(dist) = dist else {
            return Ok(Self {
                files: None,
                policy: content_security_policy(""),
            });
        };
        let path = dist.join("index.html");
        let index = std::fs::read_to_string(&path).map_err(|source| PageError { path, source })?;
        let files = ServeDir::new(dist)
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip();
        Ok(Self {
            files: Some(files),
            policy: content_security_policy(&index),
        })
    }

    /// Answers what the router has no route for, and adds the security headers to every answer.
    pub(crate) fn attach(self, router: Router) -> Router {
        let router = match self.files {
            Some(files) => router.fallback(move |request: Request| answer(files.clone(), request)),
            None => router.fallback(answer_without_page),
        };
        let policy = self.policy;
        router.layer(from_fn(require_one_host)).layer(map_response(
            move |mut response: Response| {
                let policy = policy.clone();
                async move {
                    add_security_headers(response.headers_mut(), policy);
                    forbid_caching_by_default(&mut response);
                    response
                }
            },
        ))
    }
}

async fn answer_without_page(uri: Uri) -> Response {
    match uri.path() {
        "/" => {
            "This is an Election Voter relay without a page. Programs connect to /relay/{room}.\n"
                .into_response()
        }
        _ => (StatusCode::NOT_FOUND, "this relay serves no page\n").into_response(),
    }
}

async fn answer(files: ServeDir, mut request: Request) -> Response {
    if is_page_route(request.uri().path()) {
        *request.uri_mut() = Uri::from_static(INDEX);
    }
    let cache = if is_content_hashed(request.uri().path()) {
        FOR_EVER
    } else {
        ASK_EACH_TIME
    };
    let Ok(response) = files.oneshot(request).await;
    let mut response = response.into_response();
    if response.status() == StatusCode::NOT_FOUND {
        return (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
    }
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, cache);
    }
    response
}

/// Whether a path names a place within the page and not a file: its last part has no extension.
fn is_page_route(path: &str) -> bool {
    !last_part(path).contains('.')
}

/// Whether a file's name holds a hash of its content: `name-<16 or more hex digits>`, then `.` or
/// `_`.
///
/// Only the last part counts: folders of generated snippets have hashes too, but not of what is in
/// them.
fn is_content_hashed(path: &str) -> bool {
    const SHORTEST_HASH: usize = 16;
    let Some((_, after_dash)) = last_part(path).rsplit_once('-') else {
        return false;
    };
    let digits = after_dash.bytes().take_while(u8::is_ascii_hexdigit).count();
    digits >= SHORTEST_HASH && matches!(after_dash.as_bytes().get(digits), Some(b'.' | b'_'))
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_extensions_and_places_have_none() {
        for route in ["/", "/p", "/make", "/p/", "/a.b/c"] {
            assert!(is_page_route(route), "{route}");
        }
        for file in ["/app.js", "/p/app.js", "/.hidden", "/a."] {
            assert!(!is_page_route(file), "{file}");
        }
    }

    #[test]
    fn only_names_with_a_hash_of_their_content_may_be_kept_for_ever() {
        for hashed in [
            "/election-web-0123456789abcdef.js",
            "/election-web-0123456789abcdef_bg.wasm",
            "/style-0123456789abcdef0123456789abcdef.css",
        ] {
            assert!(is_content_hashed(hashed), "{hashed}");
        }
        for plain in [
            "/index.html",
            "/sw.js",
            "/manifest.webmanifest",
            "/app-0123456789abcde.js",
            "/app-0123456789abcdef",
            "/app-0123456789abcdefg.js",
            "/snippets/crate-0123456789abcdef/inline0.js",
        ] {
            assert!(!is_content_hashed(plain), "{plain}");
        }
    }
}
