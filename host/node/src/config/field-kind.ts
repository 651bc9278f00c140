/**
 * The places in a list of webhooks where a value may be confidential. The host knows these and no other
 * fields: what the rest means is the connector's.
 */

/** Where a value stands, as far as it matters for references. */
export type FieldKind =
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
export function takesReference(field: FieldKind): boolean {
  return field === "url" || isSecret(field) || field === "headerValue";
}

/** Whether a text here is a key. */
export function isSecret(field: FieldKind): boolean {
  return field === "secret" || field === "secretItem";
}

/** The place of an item of a list here. */
export function itemKind(field: FieldKind): FieldKind {
  switch (field) {
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
export function entryKind(field: FieldKind, key: string): FieldKind {
  if (field === "webhook" && (key === "url" || key === "secret" || key === "headers")) return key;
  if (field === "headers" || (field === "headerItem" && key === "value")) return "headerValue";
  return "other";
}
