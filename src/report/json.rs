//! Results as JSON: one object with the schema, the product, the scenario, notes and the result's own fields.

use serde::Serialize;
use serde_json::{Map, Value};

/// What every JSON answer begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Command word, such as `exposure`.
    pub command: String,
    /// The product as asked for.
    pub product: Option<String>,
    /// Name of the scenario applied.
    pub scenario: Option<String>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// Version of the JSON contract.
const VERSION: u32 = 1;

/// Writes a result whose JSON form is an object, with the envelope's fields first.
///
/// # Errors
/// If the result cannot be written as JSON.
pub fn json(envelope: &Envelope, result: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut object = Map::new();
    object.insert(
        "schema".to_owned(),
        format!("oretrace/{}/{VERSION}", envelope.command).into(),
    );
    object.insert(
        "product".to_owned(),
        envelope.product.clone().map_or(Value::Null, Value::from),
    );
    object.insert(
        "scenario".to_owned(),
        envelope.scenario.clone().map_or(Value::Null, Value::from),
    );
    let mut notes = envelope.notes.clone();
    if let Value::Object(fields) = serde_json::to_value(result)? {
        for (key, value) in fields {
            if key == "notes" {
                let own = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|n| n.as_str().map(str::to_owned));
                notes.extend(own);
            } else {
                object.insert(key, value);
            }
        }
    }
    object.insert("notes".to_owned(), notes.into());
    let mut answer = Value::Object(object);
    drop_signs_of_zero(&mut answer);
    let mut text = serde_json::to_string_pretty(&answer)?;
    text.push('\n');
    Ok(text)
}

/// Turns negative zeros, which empty sums leave behind, into zeros.
fn drop_signs_of_zero(value: &mut Value) {
    match value {
        Value::Number(number)
            if number
                .as_f64()
                .is_some_and(|n| n == 0.0 && n.is_sign_negative()) =>
        {
            *value = Value::from(0.0);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_signs_of_zero),
        Value::Object(fields) => fields.values_mut().for_each(drop_signs_of_zero),
        _ => {}
    }
}
