//! Transactions with a durability: the one thing that web-sys has only behind its unstable flag.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{IdbDatabase, IdbTransaction};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = IdbDatabase)]
    type Durable;
    #[wasm_bindgen(method, catch, js_name = transaction)]
    fn begin(
        this: &Durable,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// What "complete" means for a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On the medium: a power cut does not undo it.
    Strict,
    /// Handed to the operating system.
    Relaxed,
}

/// Starts a transaction that writes. A browser that does not know the option ignores it, and is
/// strict by default.
pub fn write(
    database: &IdbDatabase,
    stores: &Array,
    durability: Durability,
) -> Result<IdbTransaction, JsValue> {
    let options = Object::new();
    let value = match durability {
        Durability::Strict => "strict",
        Durability::Relaxed => "relaxed",
    };
    Reflect::set(&options, &"durability".into(), &value.into())?;
    database
        .unchecked_ref::<Durable>()
        .begin(stores, "readwrite", &options)
}
