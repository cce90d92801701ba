use schemars::generate::{Contract, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// The schemas of what is asked and of what is answered: serde may read a type otherwise than it writes it.
pub struct Schemas {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        Self { asked: generator(Contract::Deserialize), answered: generator(Contract::Serialize) }
    }
}

impl Schemas {
    pub fn asked<T: JsonSchema>(&mut self) -> Schema {
        self.asked.subschema_for::<T>()
    }

    pub fn answered<T: JsonSchema>(&mut self) -> Schema {
        self.answered.subschema_for::<T>()
    }

    /// The schema of a field of `T`, a request.
    pub fn field<T: JsonSchema>(&mut self, field: &str) -> Schema {
        let whole = T::json_schema(&mut self.asked);
        let field = whole.pointer(&format!("/properties/{field}")).cloned();
        let mut schema = Schema::try_from(field.unwrap_or_default()).unwrap_or_default();
        without_null(&mut schema);
        schema
    }

    /// What the others refer to, by name.
    pub fn into_definitions(mut self) -> Map<String, Value> {
        let mut definitions = self.asked.take_definitions(true);
        definitions.extend(self.answered.take_definitions(true));
        definitions
    }
}

fn generator(contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(without_null)).with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.contract = contract;
    });
    settings.into_generator()
}

/// Requests with `null` are refused, and answers leave out what is not there.
fn without_null(schema: &mut Schema) {
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            schema.ensure_object().extend(only);
        }
    }
}
