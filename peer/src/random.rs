//! Randomness, which the core is handed and never draws.

use crate::error::Failure;

/// `N` unpredictable bytes from the operating system.
///
/// # Errors
/// [`Failure::Random`] when it has none.
pub fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
