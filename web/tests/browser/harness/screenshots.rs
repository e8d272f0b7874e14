//! Pictures of a screen in the sizes and colours that matter, kept for people to look at.

use std::fs;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::environment;
use super::tab::Tab;

/// A name and a width in CSS pixels: a desk and the narrowest phone.
const WIDTHS: [(&str, u32); 2] = [("desktop", 1280), ("phone", 360)];
const COLOURS: [&str; 2] = ["light", "dark"];
/// The height of the window; pictures are as high as the page.
const HEIGHT: u32 = 800;

impl Tab {
    /// Takes a screen's pictures as `screen-desktop-light.png` and so on. At every width the page
    /// must fit: nobody scrolls sideways.
    pub async fn picture(&self, screen: &str) {
        // Phones lay their scroll bars over the page; beside it, they would take of its width.
        self.devtools("Emulation.setScrollbarsHidden", json!({"hidden": true}))
            .await;
        for (device, width) in WIDTHS {
            let metrics =
                json!({"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false});
            self.devtools("Emulation.setDeviceMetricsOverride", metrics)
                .await;
            for colours in COLOURS {
                self.prefer(colours).await;
                self.take(&format!("{screen}-{device}-{colours}")).await;
            }
            let overflow = self.run(OVERFLOW, &[]).await;
            assert_eq!(
                overflow,
                json!([]),
                "{screen} at {width} px is wider than the screen"
            );
        }
        self.prefer("").await;
        self.devtools("Emulation.clearDeviceMetricsOverride", json!({}))
            .await;
        self.devtools("Emulation.setScrollbarsHidden", json!({"hidden": false}))
            .await;
    }

    async fn prefer(&self, colours: &str) {
        let features = json!([
            {"name": "prefers-color-scheme", "value": colours},
            // A picture of a bar on its way would be another one each time.
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
    }

    async fn take(&self, name: &str) {
        let parameters = json!({"format": "png", "captureBeyondViewport": true});
        let Value::String(png) =
            self.devtools("Page.captureScreenshot", parameters).await["data"].take()
        else {
            panic!("{name}: a screenshot has data");
        };
        let png = BASE64
            .decode(png.as_bytes())
            .expect("DevTools encodes pictures in base64");
        let folder = environment::screenshots();
        let file = folder.join(format!("{name}.png"));
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&file, png))
            .unwrap_or_else(|error| panic!("cannot write {}: {error}", file.display()));
    }
}

/// What sticks out to the right of the window, if the page can be scrolled there at all.
const OVERFLOW: &str = "const page = document.scrollingElement; \
    if (page.scrollWidth <= innerWidth) return []; \
    return [...document.querySelectorAll('body *')] \
        .filter(element => element.getBoundingClientRect().right > innerWidth + 0.5) \
        .map(element => element.outerHTML.slice(0, 120));";
