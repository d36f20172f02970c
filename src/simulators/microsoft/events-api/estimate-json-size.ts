/** Of one list or object with its place, of one further member, and of one string beyond its characters, as measured with room to spare. */
const holderBytes = 64;
const memberBytes = 24;
const stringBytes = 48;

/**
 * What JSON will take in memory once it is parsed, in bytes, by its brackets, commas and quotes.
 * A list of empty lists takes many times its text. `undefined` where it is nested deeper than `maxDepth`.
 */
export function estimateJsonBytes(text: string, maxDepth = Number.POSITIVE_INFINITY): number | undefined {
  let [depth, quotes, holders, commas] = [0, 0, 0, 0];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      quoted = !quoted;
      quotes += 1;
    } else if (code === 0x5c) at += 1;
    else if (quoted) continue;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      holders += 1;
      if (depth > maxDepth) return undefined;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
    else if (code === 0x2c) commas += 1;
  }
  return text.length + holders * holderBytes + commas * memberBytes + Math.ceil(quotes / 2) * stringBytes;
}
