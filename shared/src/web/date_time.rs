//! Moments, as every contract writes them.

use serde::{Serialize, Serializer};

use domain::clock::Timestamp;

/// A moment (RFC 3339).
#[derive(Clone, Copy, Debug)]
pub struct DateTime(pub Timestamp);

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.rfc3339())
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for DateTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DateTime".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}
