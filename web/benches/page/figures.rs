//! Medians and percentiles.

/// Measured times, in milliseconds.
#[derive(Default)]
pub struct Times(Vec<f64>);

impl Times {
    /// One more.
    pub fn add(&mut self, millis: f64) {
        let place = self.0.partition_point(|earlier| *earlier <= millis);
        self.0.insert(place, millis);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How many are longer than that.
    pub fn above(&self, millis: f64) -> usize {
        self.0.len() - self.0.partition_point(|time| *time <= millis)
    }

    /// The time that this share of them does not exceed; 0 without any.
    pub fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1) as f64;
        let time = self.0.get((last * share).round() as usize);
        time.copied().unwrap_or_default()
    }

    /// The one in the middle.
    pub fn median(&self) -> f64 {
        self.at(0.5)
    }
}

/// A figure beside its goal.
pub fn beside(figure: f64, goal: f64, unit: &str) -> String {
    let verdict = if figure <= goal { "met" } else { "missed" };
    format!("{figure:.0} {unit} (goal {goal:.0}: {verdict})")
}
