use settings::{Settings, fill};

/// A settings file, TOML or JSON: one that is taken has profiles that hold together.
pub fn settings(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let variable = |name: &str| (name != "PRESIGN_UNSET").then(|| "eu-central-1".to_owned());
    let Ok(text) = fill(text, variable) else { return };
    for settings in [Settings::from_toml(&text), Settings::from_json(&text)].into_iter().flatten() {
        for profile in settings.profiles.iter() {
            assert!(profile.bounds().longest.seconds() <= 604_800, "longer than Signature Version 4 allows");
            assert!(!format!("{profile:?}").is_empty(), "it can be shown");
        }
        assert!(settings.cache.hold.as_secs() <= 3600, "no hold is endless");
    }
}
