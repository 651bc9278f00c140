/** When an event was created: RFC 3339 with its own offset, `+00:00` for UTC. */

import { EventError } from "./error.js";

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d)(?::?00)?)?$/;

/** Now, in UTC. */
export function now(): string {
  return new Date().toISOString().replace("Z", "000+00:00");
}

/**
 * Reads a time; one without offset is UTC, another offset is kept.
 *
 * A fraction is written with 6 digits, or 9 where it needs them: there are readers of ISO 8601 that take
 * 3 or 6 digits and nothing else.
 *
 * @throws EventError if it cannot be read
 */
export function parse(time: string | Date): string {
  const text = time instanceof Date ? instant(time) : time;
  const match = RFC_3339.exec(text);
  if (!match) throw unreadable();
  const [, year, month, day, hour, minute, second, digits = "", sign = "+", hours = "00", minutes = "00"] = match;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  const real = !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
  if (!real || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) throw unreadable();
  if (Number(hours) > 25 || Number(minutes) > 59) throw unreadable();
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction(digits)}${sign}${hours}:${minutes}`;
}

function fraction(digits: string): string {
  const nine = digits.padEnd(9, "0");
  if (nine === "000000000") return "";
  return nine.endsWith("000") ? `.${nine.slice(0, 6)}` : `.${nine}`;
}

function instant(date: Date): string {
  if (Number.isNaN(date.getTime())) throw unreadable();
  return date.toISOString();
}

function unreadable(): EventError {
  return new EventError("createdAt must be a time such as 2026-11-23T11:23:42+00:00 (RFC 3339)");
}
