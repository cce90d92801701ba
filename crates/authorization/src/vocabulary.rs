/// What policies can speak of, by the schema's names: attributes, that of which a caller or an object is a part, and one caller or one
/// object by its own name. `Tag` stands in `getTag` and in `hasTag`.
pub const NAMES: [&str; 17] = [
    "Bucket",
    "Caller::",
    "Group",
    "Object::",
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
    /// Of the policies' text.
    pub fn of(text: &str) -> Self {
        let spoken = without_comments(text);
        // A name can be written as text with escapes, `context["\u{74}ime"]`.
        let has_escapes = spoken.contains('\\');
        let is_spoken = |name: &str| has_escapes || spoken.contains(name);
        Self { unspoken: NAMES.into_iter().filter(|name| !is_spoken(name)).collect() }
    }

    /// Of policies that speak of these.
    pub fn speaking_of(names: &[String]) -> Self {
        let is_spoken = |name: &str| names.iter().any(|spoken| spoken == name);
        Self { unspoken: NAMES.into_iter().filter(|name| !is_spoken(name)).collect() }
    }

    #[cfg(test)]
    pub fn of_everything() -> Self {
        Self { unspoken: vec![] }
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(|name| self.has(name))
    }

    /// Whether policies may speak of it.
    pub fn has(&self, name: &str) -> bool {
        !self.unspoken.contains(&name)
    }
}

/// The text of policies without comments, and without the white space that may stand between words; whole up to the first escape in
/// it. Behind that, where a quotation mark may be no end of a text, anything may be left out.
fn without_comments(mut text: &str) -> String {
    let mut spoken = String::with_capacity(text.len());
    while !text.is_empty() {
        let (words, rest) = text.split_at(text.find(['"', '/']).unwrap_or(text.len()));
        spoken.extend(words.split_whitespace());
        let is_comment = rest.starts_with("//");
        let ends: &[char] = if is_comment { &['\n', '\r'] } else { &['"'] };
        let end = rest.get(1..).and_then(|behind| behind.find(ends)).map_or(rest.len(), |end| end + 2);
        let (passed, behind) = rest.split_at(end);
        if !is_comment {
            spoken.push_str(passed);
        }
        text = behind;
    }
    spoken
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
            "// \"\ncontext.time",
            "\"//\" == context.time",
            "\"a\" // b\n == context.time",
            "\"the time",
            in_two_lines,
        ] {
            assert!(Vocabulary::of(text).has("time"), "{text}");
            assert!(!Vocabulary::of(text).has("sourceIp"), "{text}");
        }
    }

    #[test]
    fn comments_speak_of_nothing() {
        for text in [
            "// the time",
            "permit (principal, action, resource);\n\t // at any time\r\n",
            "permit // at a \"time\"",
            "// \\",
            "\"a\" // \"time\"",
        ] {
            assert!(!Vocabulary::of(text).has("time"), "{text}");
        }
    }

    #[test]
    fn one_object_is_spoken_of_by_its_name_and_by_nothing_else() {
        for text in ["Presign::Object::\"demo/a\"", "Presign :: Object // one\n :: \"demo/a\""] {
            assert!(Vocabulary::of(text).has("Object::"), "{text}");
        }
        let of_all = "permit (principal, action == Presign::Action::\"getObject\", resource is Presign::Object);";
        assert!(!Vocabulary::of(of_all).has("Object::"));
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
        for name in NAMES.into_iter().filter(|name| *name != "Tag").map(|name| name.trim_end_matches(':')) {
            let stated = [format!("\"{name}\""), format!("entity {name}")];
            assert!(stated.iter().any(|stated| schema.contains(stated)), "{name}");
        }
    }
}
