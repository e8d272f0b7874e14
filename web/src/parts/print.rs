//! Puts one part of the page on paper.

/// Set on the page while only the share sheet is printed; parts.css hides everything else then.
const SHEET: &str = "sheet";

/// Opens the browser's dialogue that prints, with the share sheet alone.
pub fn share_sheet() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let page = window.document().and_then(|page| page.document_element());
    let Some(page) = page else { return };
    // Adding a class of a fixed, valid name does not fail.
    let _ = page.class_list().add_1(SHEET);
    // Refused in frames that may not open dialogues; there is nothing to be done about that.
    let _ = window.print();
    let _ = page.class_list().remove_1(SHEET);
}
