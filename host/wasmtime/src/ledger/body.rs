//! What is sent, as the store takes it.

use crate::render::rendered_request::RenderedRequest;
use servo_webhooks_store::Body;

impl Body for RenderedRequest {
    fn content(&self) -> &[u8] {
        &self.body
    }

    fn content_type(&self) -> &str {
        self.content_type()
    }

    fn schema_version(&self) -> Option<u32> {
        self.schema_version()
    }

    fn headers(&self) -> Vec<(String, String)> {
        self.added().collect()
    }
}
