/**
 * The places in a list of webhooks where a value may be confidential. The host knows these and no other
 * fields: what the rest means is the connector's.
 */

/** Where a value stands, as far as it matters for references. */
export type Place =
  | "list"
  | "webhook"
  | "url"
  | "secret"
  | "secretItem"
  | "headers"
  | "headerItem"
  | "headerValue"
  | "other";

/** Whether a mapping here is a reference. */
export function takesReference(place: Place): boolean {
  return place === "url" || isSecret(place) || place === "headerValue";
}

/** Whether a text here is a key. */
export function isSecret(place: Place): boolean {
  return place === "secret" || place === "secretItem";
}

/** The place of an item of a list here. */
export function itemPlace(place: Place): Place {
  switch (place) {
    case "list":
      return "webhook";
    case "secret":
      return "secretItem";
    case "headers":
      return "headerItem";
    default:
      return "other";
  }
}

/** The place of the value at a key of a mapping here. */
export function entryPlace(place: Place, key: string): Place {
  if (place === "webhook" && (key === "url" || key === "secret" || key === "headers")) return key;
  if (place === "headers" || (place === "headerItem" && key === "value")) return "headerValue";
  return "other";
}
