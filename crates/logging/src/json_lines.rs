use std::fmt::{self, Debug, Write};
use std::str;

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// A line of JSON for each event: its time, level, target and fields, and the fields of the span that it stands in.
///
/// The JSON format of `tracing-subscriber` says the same. It reads what it has written of a span again for each line in it, and
/// sorts what it writes: more than all else that a line takes.
#[derive(Debug, Clone, Copy)]
pub struct JsonLines;

impl<S> FormatEvent<S, Self> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(&self, context: &FmtContext<'_, S, Self>, mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        line.write_str(r#"{"timestamp":""#)?;
        SystemTime.format_time(&mut line)?;
        write!(line, r#"","level":"{}""#, metadata.level())?;
        let mut members = Members::of_bytes(1024);
        event.record(&mut members);
        members.add("target", metadata.target());
        line.write_str(members.text()?)?;
        if let Some(span) = event.parent().and_then(|id| context.span(id)).or_else(|| context.lookup_current()) {
            let mut name = Members::of_bytes(64);
            name.add("name", span.name());
            write!(line, r#","span":{{{}"#, name.text()?.trim_start_matches(','))?;
            if let Some(of_span) = span.extensions().get::<FormattedFields<Self>>() {
                line.write_str(of_span)?;
            }
            line.write_char('}')?;
        }
        line.write_str("}\n")
    }
}

impl<'a> FormatFields<'a> for JsonLines {
    fn format_fields<R: RecordFields>(&self, mut written: Writer<'a>, fields: R) -> fmt::Result {
        let mut members = Members::of_bytes(256);
        fields.record(&mut members);
        written.write_str(members.text()?)
    }

    /// A field that was written before stands there twice then. None of ours is recorded again.
    fn add_fields(&self, written: &'a mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        self.format_fields(written.as_writer(), fields)
    }
}

/// Members of a JSON object, each with a comma before it.
struct Members {
    json: Vec<u8>,
    /// Of a value that writes itself.
    value: String,
}

impl Members {
    /// With room for so many, which most have.
    fn of_bytes(most: usize) -> Self {
        Self { json: Vec::with_capacity(most), value: String::new() }
    }

    fn add(&mut self, name: &str, value: impl Serialize) {
        self.json.push(b',');
        self.append(name);
        self.json.push(b':');
        self.append(value);
    }

    fn append(&mut self, value: impl Serialize) {
        let begin = self.json.len();
        // What cannot be written here is no text, number or truth value, and none comes.
        if serde_json::to_writer(&mut self.json, &value).is_err() {
            self.json.truncate(begin);
            self.json.extend_from_slice(b"null");
        }
    }

    fn text(&self) -> Result<&str, fmt::Error> {
        str::from_utf8(&self.json).map_err(|_| fmt::Error)
    }
}

impl Visit for Members {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = std::mem::take(&mut self.value);
        text.clear();
        let written = write!(text, "{value:?}");
        self.add(field.name(), written.ok().map(|()| &text));
        self.value = text;
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that come of what is done.
    fn lines(done: impl FnOnce()) -> Vec<Value> {
        let log = Log::default();
        let writer = log.clone();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonLines)
            .event_format(JsonLines)
            .with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), done);
        let written = log.0.lock().unwrap();
        let text = str::from_utf8(&written).unwrap();
        assert!(text.is_empty() || text.ends_with("}\n"), "{text}");
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &mut lines {
            let time = line.as_object_mut().unwrap().remove("timestamp").unwrap();
            let time = time.as_str().unwrap();
            assert!(time.len() == 27 && time.ends_with('Z'), "{time}");
        }
        lines
    }

    const TARGET: &str = "logging::json_lines::tests";

    #[test]
    fn a_line_has_its_fields_as_what_they_are() {
        let said = lines(|| {
            let (text, none) = ("a \"b\"\n\\ \u{1}é", None::<u64>);
            tracing::warn!(text, shown = %text, debugged = ?Some("x"), n = 7_u64, less = -7, half = 0.5, is = true, none, "said {text}");
        });
        let text = "a \"b\"\n\\ \u{1}é";
        assert_eq!(
            said,
            [json!({
                "level": "WARN", "target": TARGET, "message": format!("said {text}"), "text": text, "shown": text,
                "debugged": "Some(\"x\")", "n": 7, "less": -7, "half": 0.5, "is": true,
            })]
        );
    }

    #[test]
    fn a_line_has_the_fields_of_the_span_that_it_stands_in() {
        let said = lines(|| {
            let outer = tracing::info_span!("outer", id = "1");
            let _outer = outer.enter();
            let inner = tracing::info_span!("inner", id = "2\"", later = tracing::field::Empty);
            let within = inner.enter();
            tracing::info!("first");
            inner.record("later", 3);
            tracing::info!("second");
            drop(within);
            tracing::info!("third");
        });
        let spans: Vec<&Value> = said.iter().map(|line| &line["span"]).collect();
        let inner = |more: Value| {
            let mut span = json!({"name": "inner", "id": "2\""});
            span.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
            span
        };
        assert_eq!(spans, [&inner(json!({})), &inner(json!({"later": 3})), &json!({"name": "outer", "id": "1"})]);
    }

    #[test]
    fn a_span_may_be_without_fields_and_a_line_without_a_span() {
        let said = lines(|| {
            tracing::info_span!("empty").in_scope(|| tracing::info!(ratio = f64::NAN, "within"));
            tracing::info!("without");
        });
        assert_eq!(
            said,
            [
                json!({"level": "INFO", "target": TARGET, "message": "within", "ratio": null, "span": {"name": "empty"}}),
                json!({"level": "INFO", "target": TARGET, "message": "without"}),
            ]
        );
    }
}
