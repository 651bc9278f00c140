//! Frames of HTTP/2 (RFC 9113) and the header blocks of a few answers (RFC 7541).

use crate::answers::CANCEL;
use tokio::io::{AsyncRead, AsyncReadExt};

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

/// Of SETTINGS and of PING.
pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

pub const NO_ERROR: u32 = 0;
pub const REFUSED_STREAM: u32 = 7;

/// What a client sends first, before its frames.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// `:status: 200` and `:status: 500` of HPACK's static table.
pub const OK: &[u8] = &[0x88];
pub const FAILED: &[u8] = &[0x8e];
/// `:status: 103`, spelt out.
pub const EARLY_HINTS: &[u8] = &[0x08, 3, b'1', b'0', b'3'];

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [length[1], length[2], length[3], kind, flags];
    [&head, &stream.to_be_bytes()[..], payload].concat()
}

pub fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

/// A cancel's status and content type, spelt out.
pub fn cancel(stream: u32) -> Vec<u8> {
    let length = u8::try_from(CANCEL.len()).unwrap();
    let block = [OK, &[0x0f, 0x10, length], CANCEL.as_bytes()].concat();
    frame(HEADERS, END_HEADERS, stream, &block)
}

pub fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &code.to_be_bytes())
}

/// Nothing after stream `last` has been looked at.
pub fn goodbye(last: u32) -> Vec<u8> {
    let payload = [last.to_be_bytes(), NO_ERROR.to_be_bytes()].concat();
    frame(GOAWAY, 0, 0, &payload)
}

/// Room for as many bytes more; for the whole connection where the stream is 0.
pub fn window(stream: u32, bytes: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes())
}

/// A frame that came.
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    pub async fn read(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Self> {
        let mut head = [0; 9];
        from.read_exact(&mut head).await?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let length = u32::from_be_bytes([0, a, b, c]);
        let mut payload = vec![0; usize::try_from(length).unwrap_or_default()];
        from.read_exact(&mut payload).await?;
        let stream = u32::from_be_bytes(stream);
        Ok(Self {
            kind,
            flags,
            stream,
            payload,
        })
    }

    pub fn ends_stream(&self) -> bool {
        matches!(self.kind, DATA | HEADERS) && self.flags & END_STREAM != 0
    }
}

pub async fn preface(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    from.read_exact(&mut [0; PREFACE.len()]).await?;
    Ok(())
}
