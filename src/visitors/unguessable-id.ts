/**
 * Returns whether an id cannot be guessed, judged by its form alone. Numbers never qualify, because orders are numbered. An id qualifies
 * if it contains one of these, bounded by any other character or by its start or end:
 *
 * - a version 4 UUID;
 * - 16 or more hexadecimal digits with at least 6 different characters, that change between letters and digits at least twice, as an order
 *   number with a prefix does not. 24 digits do not qualify: MongoDB's ids have that length, and count up. Neither do digits that begin with
 *   0000, as padded counters and times do;
 * - 16 or more letters and digits, with capital letters, small letters and digits, that change between the three at least 6 times.
 */
export function isUnguessable(id: string): boolean {
  return uuid.test(id) || (id.match(/[0-9a-z]{16,}/gi) ?? []).some((run) => isRandomHex(run) || isRandomText(run));
}

const uuid = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-z])/i;
const minDifferent = 6;
const minHexChanges = 2;
const minTextChanges = 6;
const mongoLength = 24;

function isRandomHex(run: string): boolean {
  const changes = run.match(/\d(?=[a-f])|[a-f](?=\d)/gi)?.length ?? 0;
  const isHex = /^[0-9a-f]+$/i.test(run) && changes >= minHexChanges;
  return isHex && !run.startsWith('0000') && run.length !== mongoLength && new Set(run.toLowerCase()).size >= minDifferent;
}

function isRandomText(run: string): boolean {
  const classes = [...run].map((one) => (/\d/.test(one) ? 'digit' : one === one.toLowerCase() ? 'small' : 'capital'));
  const changes = classes.filter((one, index) => index > 0 && one !== classes[index - 1]).length;
  return new Set(classes).size === 3 && changes >= minTextChanges;
}
