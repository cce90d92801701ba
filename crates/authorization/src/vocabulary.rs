/// What policies can speak of, by the schema's names: attributes, and that of which a caller or an object is a part. `Tag` stands in
/// `getTag` and in `hasTag`.
pub const NAMES: [&str; 15] = [
    "Bucket",
    "Group",
    "bucket",
    "contentLength",
    "contentType",
    "expiresIn",
    "folders",
    "key",
    "name",
    "serverSideEncryption",
    "sourceIp",
    "Tag",
    "arn",
    "tenant",
    "time",
];

/// What of the schema policies speak of. Nothing else needs to be told them: to hand it over takes Cedar longer than to decide, and no
/// policy that fits the schema can find out about a thing without its name.
#[derive(Debug)]
pub struct Vocabulary {
    unspoken: Vec<&'static str>,
}

impl Vocabulary {
    /// Of the policies' text. A name in a comment after a policy's words counts too, which costs a little time, and nothing else.
    pub fn of(text: &str) -> Self {
        // A name can be written as text with escapes, `context["\u{74}ime"]`.
        let has_escapes = text.contains('\\');
        // Comments end at either of them.
        let spoken: Vec<&str> = text.split(['\n', '\r']).filter(|line| !is_comment(line)).collect();
        let is_spoken = |name: &str| has_escapes || spoken.iter().any(|line| line.contains(name));
        Self { unspoken: NAMES.into_iter().filter(|name| !is_spoken(name)).collect() }
    }

    /// Of policies that speak of these.
    pub fn speaking_of(names: &[String]) -> Self {
        let is_spoken = |name: &str| names.iter().any(|spoken| spoken == name);
        Self { unspoken: NAMES.into_iter().filter(|name| !is_spoken(name)).collect() }
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(|name| self.has(name))
    }

    /// Whether policies may speak of it.
    pub fn has(&self, name: &str) -> bool {
        !self.unspoken.contains(&name)
    }
}

/// Whether a line has no words of a policy. One with quotation marks may be the end of a text that has several lines, with words after it.
fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//") && !line.contains('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_spoken_wherever_it_stands() {
        let in_two_lines = "\"\n//\" == context.time";
        for text in [
            "when { context.time > x }",
            "context[\"time\"]",
            "context has time",
            "// a\rcontext.time",
            "x // the time",
            in_two_lines,
        ] {
            assert!(Vocabulary::of(text).has("time"), "{text}");
            assert!(!Vocabulary::of(text).has("sourceIp"), "{text}");
        }
    }

    #[test]
    fn a_comment_of_its_own_speaks_of_nothing() {
        for text in ["// the time", "permit (principal, action, resource);\n\t // at any time\r\n"] {
            assert!(!Vocabulary::of(text).has("time"), "{text}");
        }
    }

    #[test]
    fn what_is_written_with_escapes_may_be_any_name() {
        let vocabulary = Vocabulary::of(r#"context["\u{74}ime"]"#);
        assert!(NAMES.into_iter().all(|name| vocabulary.has(name)));
    }

    #[test]
    fn a_vocabulary_is_what_its_names_make() {
        let vocabulary = Vocabulary::of("context.time < principal.tenant");
        let names: Vec<String> = vocabulary.names().map(str::to_owned).collect();
        assert_eq!(names, ["tenant", "time"]);
        let again = Vocabulary::speaking_of(&names);
        assert!(NAMES.into_iter().all(|name| again.has(name) == vocabulary.has(name)));
    }

    #[test]
    fn a_name_that_is_not_known_here_is_taken_for_spoken() {
        assert!(Vocabulary::of("").has("an attribute of tomorrow"));
    }

    #[test]
    fn the_names_are_the_schemas() {
        let schema = include_str!("schema.cedarschema");
        for name in NAMES.into_iter().filter(|name| *name != "Tag") {
            let stated = [format!("\"{name}\""), format!("entity {name}")];
            assert!(stated.iter().any(|stated| schema.contains(stated)), "{name}");
        }
    }
}
