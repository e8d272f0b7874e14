//! What a grade looks like.

use election_core::board::Grade;

/// The class of its tag; its words say the same.
pub fn tone(grade: Option<Grade>) -> Option<&'static str> {
    match grade {
        Some(Grade::Folded) => Some("good"),
        Some(Grade::Claimed) => Some("warn"),
        Some(Grade::Attested(_)) | None => None,
    }
}
