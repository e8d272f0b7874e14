//! Why a device does not keep what it should.

use wasm_bindgen::JsValue;

/// The device does not keep what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// A private window, a full disk, a setting.
    #[error("this browser does not save anything here ({0})")]
    Refused(String),
    /// It does not answer.
    #[error("this browser's storage does not answer")]
    Silent,
    /// What is kept of the poll is not as this page writes it. It is left as it is.
    #[error("what this browser keeps of this poll cannot be read")]
    Unreadable,
    /// A newer page has changed the layout.
    #[error("a newer version of this page is open in this browser")]
    Newer,
}

impl From<idb::Error> for StorageError {
    fn from(error: idb::Error) -> Self {
        // Not the error's own text: that brings the printing of every JavaScript value along.
        match error {
            idb::Error::DomException(error) => Self::named(error.name()),
            _ => Self::Refused("it has no database for this window".to_owned()),
        }
    }
}

impl From<JsValue> for StorageError {
    fn from(error: JsValue) -> Self {
        let name = js_sys::Reflect::get(&error, &"name".into());
        let name = name.ok().and_then(|name| name.as_string());
        Self::named(name.unwrap_or_else(|| "no reason given".to_owned()))
    }
}

impl StorageError {
    pub(super) fn named(name: String) -> Self {
        match name.as_str() {
            "VersionError" => Self::Newer,
            _ => Self::Refused(name),
        }
    }
}
