//! Randomness, from the browser's own source.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// The source as the core takes it, to draw keys from.
pub struct Source;

impl TryRng for Source {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(bytes()))
    }

    fn try_fill_bytes(&mut self, filled: &mut [u8]) -> Result<(), Infallible> {
        for chunk in filled.chunks_mut(32) {
            chunk.copy_from_slice(&bytes::<32>()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Source {}

/// Unpredictable bytes, for keys, secrets and seeds.
///
/// # Panics
/// When the browser has no `crypto.getRandomValues`: without it no key is safe, and nothing in here
/// may go on.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    web_sys::window()
        .and_then(|window| window.crypto().ok())
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).ok())
        .expect("every browser that runs WebAssembly has crypto.getRandomValues, and N is far below its limit");
    bytes
}

/// A number below `bound`, good enough for waiting times.
#[must_use]
pub fn below(bound: u32) -> u32 {
    (js_sys::Math::random() * f64::from(bound)) as u32
}
