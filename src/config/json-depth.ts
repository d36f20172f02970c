/** The levels that a file of the operator may have. No setting needs half of them. */
const maxDepth = 64;

/** The rule for a file that `isTooDeep` refuses. */
export const depthRule = `Must not be nested more than ${maxDepth} levels deep. Remove the surplus brackets or braces.`;

/**
 * Returns whether a JSON text has too many levels. `JSON.parse` accepts millions of them, and a function that walks the value then exceeds the
 * stack.
 */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inString && char === '\\') at += 1;
    else if (char === '"') inString = !inString;
    else if (!inString && (char === '[' || char === '{')) depth += 1;
    else if (!inString && (char === ']' || char === '}')) depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}
