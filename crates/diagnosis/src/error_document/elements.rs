use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// The texts of the elements right below the first, as far as the document can be read.
pub(super) fn elements(xml: &str) -> BTreeMap<String, String> {
    let xml = with_escaped_ampersands(xml);
    let mut reader = Reader::from_str(&xml);
    reader.config_mut().check_end_names = false;
    let mut found = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => open.push(String::from_utf8_lossy(start.local_name().as_ref()).into_owned()),
            Ok(Event::End(_)) => {
                open.pop();
                if open.is_empty() {
                    break;
                }
            }
            Ok(Event::Text(text)) => {
                push(&mut found, &open, &text.decode().unwrap_or_default());
            }
            Ok(Event::CData(text)) => push(&mut found, &open, &String::from_utf8_lossy(&text)),
            Ok(Event::GeneralRef(reference)) => push(&mut found, &open, &resolved(&reference)),
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    found
}

/// A browser shows a document's `&amp;` as `&`, and so it is pasted.
fn with_escaped_ampersands(xml: &str) -> String {
    let mut parts = xml.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.split_once(';').map_or("", |(name, _)| name);
        let is_reference = matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") || name.starts_with('#');
        out.push_str(if is_reference { "&" } else { "&amp;" });
        out.push_str(part);
    }
    out
}

fn push(found: &mut BTreeMap<String, String>, open: &[String], text: &str) {
    // `<Error><Code>…`, and what is deeper is not S3's.
    if let [_, name] = open {
        found.entry(name.clone()).or_default().push_str(text);
    }
}

fn resolved(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return c.to_string();
    }
    match reference.as_ref() {
        b"amp" => "&",
        b"lt" => "<",
        b"gt" => ">",
        b"quot" => "\"",
        b"apos" => "'",
        _ => "",
    }
    .to_owned()
}

/// `47 45 54 0a …`
pub(super) fn from_bytes(elements: &BTreeMap<String, String>, name: &str) -> Option<String> {
    let digits: String = elements.get(name)?.chars().filter(|c| !c.is_whitespace()).collect();
    String::from_utf8(hex::decode(digits).ok()?).ok()
}
