// Makes a picture of few colours small: at most 128 of them, in a palette.
import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST = 128;

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function checksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

function chunk(name, data) {
  const bytes = Buffer.concat([Buffer.from(name), data]);
  const all = Buffer.alloc(bytes.length + 8);
  all.writeUInt32BE(data.length, 0);
  bytes.copy(all, 4);
  all.writeUInt32BE(checksum(bytes), bytes.length + 4);
  return all;
}

/** The pixels of a PNG of 8 bits a channel, as a browser writes it, without what filters did. */
function pixels(png) {
  let [place, header, data] = [8, null, []];
  while (place < png.length) {
    const length = png.readUInt32BE(place);
    const name = png.toString('latin1', place + 4, place + 8);
    const body = png.subarray(place + 8, place + 8 + length);
    if (name === 'IHDR') header = body;
    if (name === 'IDAT') data.push(body);
    place += length + 12;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = header[9] === 6 ? 4 : 3;
  const [raw, row] = [inflateSync(Buffer.concat(data)), width * channels];
  const out = Buffer.alloc(row * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (row + 1)];
    for (let x = 0; x < row; x += 1) {
      const left = x >= channels ? out[y * row + x - channels] : 0;
      const up = y > 0 ? out[(y - 1) * row + x] : 0;
      const corner = x >= channels && y > 0 ? out[(y - 1) * row + x - channels] : 0;
      const near = [left, up, corner].sort((a, b) => Math.abs(left + up - corner - a) - Math.abs(left + up - corner - b))[0];
      const guess = [0, left, up, (left + up) >> 1, near][filter];
      out[y * row + x] = (raw[y * (row + 1) + 1 + x] + guess) & 255;
    }
  }
  return { width, height, channels, bytes: out };
}

/** The same picture, each colour the nearest of those that are seen most. */
export function smaller(png) {
  const { width, height, channels, bytes } = pixels(png);
  const counts = new Map();
  const colour = (place) => (bytes[place] << 16) | (bytes[place + 1] << 8) | bytes[place + 2];
  for (let place = 0; place < bytes.length; place += channels) {
    counts.set(colour(place), (counts.get(colour(place)) ?? 0) + 1);
  }
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST).map(([one]) => one);
  const parts = (one) => [one >> 16, (one >> 8) & 255, one & 255];
  const far = (a, b) => parts(a).reduce((sum, part, nth) => sum + (part - parts(b)[nth]) ** 2, 0);
  const nearest = new Map();
  for (const one of counts.keys()) {
    let best = 0;
    for (let nth = 1; nth < palette.length; nth += 1) {
      if (far(one, palette[nth]) < far(one, palette[best])) best = nth;
    }
    nearest.set(one, best);
  }
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows[y * (width + 1) + 1 + x] = nearest.get(colour((y * width + x) * channels));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap(parts));
  const end = Buffer.alloc(0);
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('PLTE', colours), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', end)]);
}
