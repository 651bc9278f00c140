/**
 * Placeholders of other programs, which nothing expands here. A secret that reads `${SECRET}` would sign, and every
 * request would be refused for a reason that nobody sees.
 */

const PLACEHOLDER =
  /^(?:\$\{([^{}]*)\}|\$\(([^()]*)\)|\{\{([^{}]*)\}\}|\$([A-Za-z_][A-Za-z0-9_]*)|env:\s*([A-Za-z_][A-Za-z0-9_]*)|(file:\s*\S+))$/;

/** The reference to write in the place of a text that is a placeholder as a whole. */
export function instead(text: string): string | undefined {
  const found = PLACEHOLDER.exec(text.trim());
  if (!found) return undefined;
  const [, ...parts] = found;
  if (parts[5] !== undefined) return "{file: PATH}";
  const [name = ""] = (parts.find((part) => part !== undefined) ?? "").trim().split(/[:?+=-]/);
  // What is not written like a variable could be the secret.
  return `{env: ${/^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? name : "NAME"}}`;
}

/** Whether a secret spans lines, which is rarely meant. */
export function hasLineEnd(text: string): boolean {
  return /[\n\r]/.test(text);
}
