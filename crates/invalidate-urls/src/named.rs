use serde_json::Value;

/// By what an event is found again: in the queue, and in CloudTrail.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Named {
    /// SQS's id of the message that it came in.
    pub message: Option<String>,
    pub event_source: Option<String>,
    pub event_name: Option<String>,
    /// CloudTrail's, or EventBridge's where that has none.
    pub event_id: Option<String>,
}

/// Longer than any of these names: what is not of CloudTrail may be anything.
const LONGEST: usize = 128;

impl Named {
    /// As far as it tells.
    pub fn of(event: &Value) -> Self {
        let detail = event.get("detail");
        let text = |value: Option<&Value>| {
            let text = value.and_then(Value::as_str).filter(|text| text.len() <= LONGEST);
            text.map(str::to_owned)
        };
        let of_detail = |field| text(detail.and_then(|detail| detail.get(field)));
        Self {
            message: None,
            event_source: of_detail("eventSource").or_else(|| text(event.get("source"))),
            event_name: of_detail("eventName").or_else(|| text(event.get("detail-type"))),
            event_id: of_detail("eventID").or_else(|| text(event.get("id"))),
        }
    }

    pub fn within(self, message: &str) -> Self {
        Self { message: Some(message.to_owned()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_named_as_far_as_it_tells() {
        let detail = json!({"eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy", "eventID": "e"});
        let named = Named::of(&json!({"id": "i", "source": "aws.iam", "detail": detail})).within("m");
        let some = |text: &str| Some(text.to_owned());
        let all = [named.message, named.event_source, named.event_name, named.event_id];
        assert_eq!(all, [some("m"), some("iam.amazonaws.com"), some("PutRolePolicy"), some("e")]);
        let bare = Named::of(&json!({"id": "i", "source": "aws.iam", "detail-type": "Some Event", "detail": "text"}));
        assert_eq!(
            [bare.event_source, bare.event_name, bare.event_id],
            [some("aws.iam"), some("Some Event"), some("i")]
        );
        assert_eq!(Named::of(&json!({"id": "x".repeat(129), "detail": {"eventName": 1}})), Named::default());
        assert_eq!(Named::of(&json!([])), Named::default());
    }
}
