//! Why a device does not keep what it should.

use std::rc::Rc;

use wasm_bindgen::JsValue;

/// The device does not keep what it should. What is said of it is in
/// [`refusal`](crate::words::refusal).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageError {
    /// A private window, a full disk, a setting.
    Refused(Reason),
    /// It does not answer.
    Silent,
    /// What is kept of the poll is not as this page writes it. It is left as it is.
    Unreadable,
    /// A newer page has changed the layout.
    Newer,
}

/// Why a browser does not save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It has no database.
    NoDatabase,
    /// The disk is full, or what the page may take of it.
    Full,
    /// It broke off, and does not say why.
    BrokenOff,
    /// It says no reason.
    Unnamed,
    /// By the browser's name for it.
    Named(Rc<str>),
}

impl From<idb::Error> for StorageError {
    fn from(error: idb::Error) -> Self {
        // Not the error's own text: that brings the printing of every JavaScript value along.
        match error {
            idb::Error::DomException(error) => Self::named(error.name()),
            _ => Self::Refused(Reason::NoDatabase),
        }
    }
}

impl From<JsValue> for StorageError {
    fn from(error: JsValue) -> Self {
        let name = js_sys::Reflect::get(&error, &"name".into());
        let name = name.ok().and_then(|name| name.as_string());
        name.map_or(Self::Refused(Reason::Unnamed), Self::named)
    }
}

impl StorageError {
    pub(super) fn named(name: String) -> Self {
        match name.as_str() {
            "VersionError" => Self::Newer,
            _ => Self::Refused(Reason::Named(name.into())),
        }
    }
}
