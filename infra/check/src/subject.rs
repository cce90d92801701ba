use std::path::Path;

use serde_json::{Map, Value, json};

use crate::classifier::EventNames;
use crate::settings_file::Bucket;
use crate::{SettingsFile, Template};

/// What the rules are asked about: a template beside all settings, or settings by themselves.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub template: Option<&'a Template>,
    pub settings: &'a [SettingsFile],
    /// The events that the invalidator understands.
    pub events: &'a EventNames,
}

impl Subject<'_> {
    pub(crate) fn file(&self) -> Option<&Path> {
        self.template.map(Template::file)
    }

    /// The `input` of the rules.
    pub(crate) fn input(&self) -> Value {
        let buckets: Vec<&Bucket> = self.settings.iter().flat_map(SettingsFile::buckets).collect();
        json!({
            "template": {"Resources": self.template.map_or(&Map::new(), Template::resources)},
            "settings": {"buckets": buckets},
            "events": self.events,
        })
    }
}
