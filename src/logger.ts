import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** Writes structured logs, one JSON object per line: ids, names, codes and counts; never bodies, headers or settings. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'child'>;

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export function createLogger(level: LogLevel, stream: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: removeSecrets },
    },
    stream,
  );
}

/** A match must not begin within a JSON escape, or the line would no longer be JSON. */
const outsideEscape = /(?<!(?<!\\)\\(?:\\\\){0,4}(?:u[\da-f]{0,3})?)/.source;
/** A word may begin after an escape such as `\n` or `%3D`, which ends in a letter. */
const afterEscape = /(?<=\\[bfnrt]|\\u[\da-f]{4}|%(?:25){0,4}[\da-f]{2})/.source;
const start = String.raw`(?:${afterEscape}|(?<!\w))`;
const atSign = /(?:@|%(?:25){0,4}40|\\{1,4}u0040)/.source;
const domain = /[\p{L}\p{N}\p{M}_-]{1,63}(?:(?:\.|%(?:25){0,4}2e)[\p{L}\p{N}\p{M}_-]{1,63}){1,8}/u.source;
const betweenDigits = /(?:[\p{Zs}\p{Pd}()./+]|%(?:25){0,4}(?:2[089bdef]|c2%(?:25){0,4}a0))/u.source;

/** The text that logs must not contain. Account names are allowed, because they are not shoppers' names. */
const secretPattern = new RegExp(
  [
    '"account":"[^"]*"',
    // keys of Convey, Shopify, WooCommerce and webhooks, and signed tokens
    String.raw`${start}(?:[sw]k_|shp[a-z]{2}_|whsec_)[\w+/=-]{8,}`,
    String.raw`${start}c[ks]_[\da-f]{32,}`,
    String.raw`${start}eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?`,
    // credentials, but not plain words such as "basic plan"
    String.raw`${start}(?:bearer|basic)\s+(?=[\w.~+/=-]{8})(?=[\w~+/-]{0,200}(?:[\d_=]|\.\w|(?-i:[a-z][A-Z]))|[\w.~+/=-]{20})[\w.~+/=-]+`,
    // the hash of an e-mail address or phone number, or a random token of 256 bits
    String.raw`${outsideEscape}(?:${afterEscape}|(?<![\da-f]))[\da-f]{64,}`,
    // the user name and password of a URL
    String.raw`(?<=:\/\/)[^\s/@"]{1,200}(?=@)`,
    // e-mail addresses, also in the encodings of URLs and JSON
    String.raw`${outsideEscape}[\p{L}\p{N}\p{M}\w.!#$%&'*+/=?^\x60{|}~-]{1,64}${atSign}${domain}`,
    String.raw`(?<!\\)\\+"[^"\\]{1,64}\\{1,8}"${atSign}${domain}`,
    // phone numbers with a country code; other numbers may be ids, and eight digits in a row a count
    String.raw`(?:(?:${afterEscape}|(?<![\w+]))\+|%(?:25){0,4}2b|(?<!\\)\\+u002b)(?=\d{9}|\d{1,7}${betweenDigits})\d(?:${betweenDigits}{0,4}\d){7,14}(?!\d)`,
  ].join('|'),
  'giu',
);

/**
 * Matches every line that `secretPattern` may match, by a part of the secret or a character beyond ASCII, which that pattern may fold to a
 * letter. Most lines have none, so the large pattern is rarely compiled: that takes as long as to write a hundred lines.
 */
const secretPart =
  /"account"|[sw]k_|shp[a-z]{2}_|whsec_|c[ks]_|eyJ|bearer|basic|[\da-f]{64}|@|%(?:25)*(?:40|2b)|u00(?:40|2b)|\+|[\u0080-\uffff]/i;

/** Removes e-mail addresses, phone numbers and keys from a line. Log calls avoid them; this is a safeguard for messages of other libraries. */
export function removeSecrets(line: string): string {
  if (!secretPart.test(line)) return line;
  return line.replace(secretPattern, (found) => (found.startsWith('"account"') ? found : '[removed]'));
}

/** Returns the name, code and message of an error for a log line. Omits the stack, which may contain personal data. */
export function describeError(error: unknown): { name: string; message: string; code?: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name: error.name, message: error.message, ...code };
}
