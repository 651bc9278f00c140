//! What is sent: shared by the deliveries of an event, and written only if it has to wait.

/// A rendered body with what is sent beside it. The library's own type implements this, so
/// that a delivery which settles before its commit is never copied.
pub trait Body: Send + Sync {
    /// The bytes.
    fn content(&self) -> &[u8];
    /// As `Content-Type` carries it.
    fn content_type(&self) -> &str;
    /// As `X-Servo-Schema` carries it.
    fn schema_version(&self) -> Option<u32>;
    /// Headers of the body's format: `ce-*` and nothing else.
    fn headers(&self) -> Vec<(String, String)>;
}

/// A body as it is on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredBody {
    /// The bytes.
    pub content: Vec<u8>,
    /// As `Content-Type` carries it.
    pub content_type: String,
    /// As `X-Servo-Schema` carries it.
    pub schema_version: Option<u32>,
    /// Headers of the body's format.
    pub headers: Vec<(String, String)>,
}

impl Body for StoredBody {
    fn content(&self) -> &[u8] {
        &self.content
    }

    fn content_type(&self) -> &str {
        &self.content_type
    }

    fn schema_version(&self) -> Option<u32> {
        self.schema_version
    }

    fn headers(&self) -> Vec<(String, String)> {
        self.headers.clone()
    }
}
