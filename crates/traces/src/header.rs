/// Where in a trace something happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub trace_id: Box<str>,
    /// The segment or subsegment that it is a part of.
    pub parent_id: Box<str>,
}

impl Place {
    /// What Lambda says beside an event of the trace and of its own segment; none where X-Ray's rules do not sample it.
    /// Source: AWS X-Ray developer guide, "Tracing header".
    pub fn of_header(header: &str) -> Option<Self> {
        let value = |name: &str| {
            let mut values = header.split(';').filter_map(|pair| pair.trim().split_once('='));
            values.find(|(of, _)| *of == name).map(|(_, value)| value)
        };
        let (trace_id, parent_id) = (value("Root")?, value("Parent")?);
        let good = value("Sampled")? == "1" && is_trace_id(trace_id) && is_hexadecimal(parent_id, 16);
        good.then(|| Self { trace_id: trace_id.into(), parent_id: parent_id.into() })
    }
}

/// Source: AWS X-Ray developer guide, "Trace ID format".
fn is_trace_id(text: &str) -> bool {
    let mut parts = text.split('-');
    let good = parts.next() == Some("1")
        && parts.next().is_some_and(|seconds| is_hexadecimal(seconds, 8))
        && parts.next().is_some_and(|random| is_hexadecimal(random, 24));
    good && parts.next().is_none()
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "1-67406000-0123456789abcdef01234567";
    const SEGMENT: &str = "53995c3f42cd8ad8";

    #[test]
    fn a_sampled_trace_is_read_wherever_its_parts_stand() {
        for header in [
            format!("Root={TRACE};Parent={SEGMENT};Sampled=1"),
            format!("Sampled=1; Parent={SEGMENT}; Root={TRACE};Lineage=1:a8af53ab:0"),
        ] {
            let place = Place::of_header(&header).unwrap();
            assert_eq!((&*place.trace_id, &*place.parent_id), (TRACE, SEGMENT));
        }
    }

    #[test]
    fn what_is_not_sampled_or_no_trace_is_none() {
        for header in [
            String::new(),
            format!("Root={TRACE};Parent={SEGMENT};Sampled=0"),
            format!("Root={TRACE};Parent={SEGMENT};Sampled=?"),
            format!("Root={TRACE};Parent={SEGMENT}"),
            format!("Root={TRACE};Sampled=1"),
            format!("Root={TRACE}-0;Parent={SEGMENT};Sampled=1"),
            format!("Root={};Parent={SEGMENT};Sampled=1", TRACE.replace('f', "g")),
            format!("Root={TRACE};Parent={SEGMENT}0;Sampled=1"),
        ] {
            assert_eq!(Place::of_header(&header), None, "{header}");
        }
    }
}
