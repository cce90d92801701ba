use std::fmt::Debug;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::SystemTime;

use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::document::Document;
use crate::fields::Fields;
use crate::header::Place;

/// The field of a span that begins the function's part of a trace: the header that Lambda hands over with the event.
const TRACE_HEADER: &str = "xray.header";

/// What stands before each document.
/// Source: AWS X-Ray developer guide, "Sending segment documents to the X-Ray daemon".
const DATAGRAM: &str = "{\"format\": \"json\", \"version\": 1}\n";

/// Sends X-Ray's daemon each span of a sampled trace when it ends. What stands below no such span is neither kept nor sent.
pub(crate) struct ToDaemon {
    socket: UdpSocket,
    clock: fn() -> SystemTime,
}

/// Of a span, while it is open.
struct Open {
    place: Place,
    id: Box<str>,
    begun: SystemTime,
    fields: Fields,
}

impl Open {
    /// Where what is within it stands.
    fn within(&self) -> Place {
        Place { trace_id: self.place.trace_id.clone(), parent_id: self.id.clone() }
    }
}

/// What the header says, among a span's fields.
struct Header {
    field: Field,
    place: Option<Place>,
}

impl Header {
    fn of(attributes: &Attributes<'_>, field: Field) -> Self {
        let mut header = Self { field, place: None };
        attributes.record(&mut header);
        header
    }
}

impl Visit for Header {
    fn record_str(&mut self, field: &Field, value: &str) {
        if *field == self.field {
            self.place = Place::of_header(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl ToDaemon {
    /// # Errors
    /// When the machine gives no socket. Whether there is a daemon nobody knows: it does not answer.
    pub fn new(daemon: SocketAddr, clock: fn() -> SystemTime) -> io::Result<Self> {
        let any = match daemon {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
        socket.connect(daemon)?;
        // What does not fit now is lost: nobody waits for a trace.
        socket.set_nonblocking(true)?;
        Ok(Self { socket, clock })
    }

    fn send(&self, document: &Document<'_>) {
        let mut datagram = DATAGRAM.as_bytes().to_vec();
        if serde_json::to_writer(&mut datagram, document).is_ok() {
            // As above; and what is said here of a failure would be of a span too.
            self.socket.send(&datagram).ok();
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ToDaemon {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        // Most traces are not sampled: then nothing but the header is read.
        let place = match attributes.metadata().fields().field(TRACE_HEADER) {
            Some(header) => Header::of(attributes, header).place,
            None => span.parent().and_then(|parent| Some(parent.extensions().get::<Open>()?.within())),
        };
        // Without chance there is no id.
        if let Some(place) = place
            && let Ok(id) = getrandom::u64()
        {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            let id = format!("{id:016x}").into();
            span.extensions_mut().insert(Open { place, id, begun: (self.clock)(), fields });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(Open { fields, .. }) = span.extensions_mut().get_mut() {
            values.record(fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let open = span.extensions_mut().remove::<Open>();
        if let Some(Open { place, id, begun, fields }) = open {
            self.send(&Document::of(span.name(), (&place, &id), (begun, (self.clock)()), fields));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use tracing::field::Empty;
    use tracing_subscriber::filter::filter_fn;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    const TRACE: &str = "1-67406000-0123456789abcdef01234567";

    /// The documents that come of what is done, without their ids and those of what they are within, which are checked.
    fn documents(done: impl FnOnce()) -> Vec<Value> {
        let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
        daemon.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        let clock = || SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
        let layer = ToDaemon::new(daemon.local_addr().unwrap(), clock).unwrap();
        let layer = layer.with_filter(filter_fn(|metadata| metadata.name() != "hidden"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), done);
        let mut documents = vec![];
        let mut datagram = [0; 2_048];
        while let Ok(length) = daemon.recv(&mut datagram) {
            let document = str::from_utf8(&datagram[..length]).unwrap().strip_prefix(DATAGRAM).unwrap();
            documents.push(serde_json::from_str::<Value>(document).unwrap());
        }
        // They end from within.
        let mut parent = json!("53995c3f42cd8ad8");
        for document in documents.iter_mut().rev() {
            let document = document.as_object_mut().unwrap();
            assert_eq!(document.remove("parent_id").unwrap(), parent);
            parent = document.remove("id").unwrap();
            let digits = parent.as_str().unwrap();
            assert!(digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digits}");
        }
        documents
    }

    fn invocation(sampled: u8) -> tracing::Span {
        let header = format!("Root={TRACE};Parent=53995c3f42cd8ad8;Sampled={sampled}");
        tracing::info_span!(
            "invocation",
            xray.header = header,
            faas.name = "issue-urls",
            faas.coldstart = true,
            method = "GET",
            key = "k"
        )
    }

    #[test]
    fn a_span_and_those_within_it_are_sent_when_they_end() {
        let said = documents(|| {
            let _invocation = invocation(1).entered();
            let _hidden = tracing::info_span!("hidden").entered();
            let request = tracing::info_span!("request", request_id = "JKJ", http.response.status_code = Empty);
            request.in_scope(|| {
                tracing::info_span!("S3", rpc.system = "aws-api", rpc.service = "S3", rpc.method = "HeadObject")
                    .in_scope(|| ());
            });
            request.record("http.response.status_code", 429);
        });
        let common = json!({"trace_id": TRACE, "type": "subsegment", "start_time": 1.5, "end_time": 1.5});
        let with = |mut more: Value| {
            more.as_object_mut().unwrap().extend(common.as_object().unwrap().clone());
            more
        };
        assert_eq!(
            said,
            [
                with(json!({"name": "S3", "namespace": "aws", "aws": {"operation": "HeadObject"}})),
                with(json!({
                    "name": "request", "annotations": {"request_id": "JKJ"}, "http": {"response": {"status": 429}},
                    "error": true, "throttle": true,
                })),
                with(
                    json!({"name": "issue-urls", "annotations": {"faas_coldstart": true}, "metadata": {"method": "GET"}})
                ),
            ]
        );
    }

    #[test]
    fn a_servers_failure_is_a_fault() {
        let said = documents(|| {
            let _invocation = invocation(1).entered();
            tracing::info_span!("a", http.response.status_code = 503).in_scope(|| ());
        });
        let flags = |document: &Value| [&document["fault"], &document["error"]].map(Value::as_bool);
        assert_eq!(said.iter().map(flags).collect::<Vec<_>>(), [[Some(true), None], [None, None]]);
    }

    #[test]
    fn what_is_not_sampled_or_within_no_trace_is_not_sent() {
        let said = documents(|| {
            invocation(0).in_scope(|| tracing::info_span!("within").in_scope(|| ()));
            tracing::info_span!("alone").in_scope(|| ());
        });
        assert_eq!(said, [] as [Value; 0]);
    }
}
