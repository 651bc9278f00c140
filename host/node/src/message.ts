/** A message on a pub/sub channel of the servo. */

import { parse } from "./created.js";
import { EventError } from "./error.js";
import { checkId, refuseUnknown } from "./event.js";

/** Characters of a channel's name, at most. */
const CHANNEL_LIMIT = 253;

/** A message, as it was published on a channel. */
export interface Message {
  channel: string;
  /** A media type such as `text/plain`. */
  contentType: string;
  /** Text is sent as UTF-8, bytes as they are. */
  content: string | Uint8Array;
  /** 1 to 256 characters; left out: a new UUIDv7. */
  id?: string;
  /** RFC 3339, UTC without an offset; left out: now. */
  createdAt?: string | Date;
}

/** A message that was checked. */
export interface CheckedMessage {
  channel: string;
  contentType: string;
  content: Buffer;
  id: string;
  created: string | undefined;
}

/** Checks a message; throws an `EventError`. */
export function checkMessage(message: Message): CheckedMessage {
  refuseUnknown(message, ["channel", "contentType", "content", "id", "createdAt"], "a message");
  const { channel, contentType, content } = message;
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(channel) || channel.length > CHANNEL_LIMIT) {
    throw new EventError(
      "a channel name has letters, digits, ., - and _, begins and ends with a letter or digit, " +
        `and has at most ${CHANNEL_LIMIT} characters`,
    );
  }
  if (!/^[\x20-\x2e\x30-\x7e]+\/[\x20-\x7e]+$/.test(contentType)) {
    throw new EventError("contentType must be a media type such as text/plain");
  }
  if (typeof content !== "string" && !(content instanceof Uint8Array)) {
    throw new EventError("content must be a string or a Uint8Array");
  }
  if (typeof content === "string" && !content.isWellFormed()) {
    throw new EventError("content is not valid text: it holds half of a surrogate pair");
  }
  return {
    channel,
    contentType,
    // A copy: the caller may change its own.
    content: Buffer.from(content as string),
    id: checkId(message.id),
    created: message.createdAt === undefined ? undefined : parse(message.createdAt),
  };
}
