//! Lower case of what people wrote.

/// A text in lower case. The browser's own tables spare the page those of the standard library.
#[must_use]
pub fn lower(text: &str) -> String {
    #[cfg(target_family = "wasm")]
    return js_sys::JsString::from(text).to_lower_case().into();
    #[cfg(not(target_family = "wasm"))]
    text.to_lowercase()
}
