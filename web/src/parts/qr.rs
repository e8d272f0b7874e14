//! A QR code, as an inline picture.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};
use yew::prelude::*;

/// The code of a text, such as a link, under a label for those who do not see it. Dark on white in
/// any colour scheme: many readers know nothing else. Nothing for a text that is too long for any
/// code; links are not.
pub fn picture(text: &str, label: &str) -> Html {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Low) else {
        return Html::default();
    };
    html! {
        <svg class="qr" viewBox={format!("-4 -4 {0} {0}", code.size() + 8)} role="img" data-test="share-qr"
            aria-label={label.to_owned()} shape-rendering="crispEdges">
            <path fill="#fff" d="M-4-4h999v999h-999z" />
            <path fill="#000" d={path(&code)} />
        </svg>
    }
}

/// One rectangle for every run of dark modules in a row.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size())
                .take_while(|&x| code.get_module(x, y))
                .count() as i32;
            if run > 0 {
                // Writing to a String does not fail.
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run.max(1);
        }
    }
    path
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_drawn_once() {
        let code = QrCode::encode_text("https://example.org/p#token", QrCodeEcc::Low).unwrap();
        let drawn: i32 = path(&code)
            .split('M')
            .skip(1)
            .map(|run| {
                run.split(['h', 'v'])
                    .nth(1)
                    .unwrap()
                    .parse::<i32>()
                    .unwrap()
            })
            .sum();
        let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        assert_eq!(
            drawn as usize,
            dark.filter(|&(x, y)| code.get_module(x, y)).count()
        );
    }
}
