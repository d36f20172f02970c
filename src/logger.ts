import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** Structured logs, one JSON object a line: ids, names, codes and counts; never bodies, headers or settings. */
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
      hooks: { streamWrite: withoutSecrets },
    },
    stream,
  );
}

/** Within an escape of JSON nothing may begin, or the line would be JSON no more. */
const outsideEscape = /(?<!(?<!\\)\\(?:\\\\){0,4}(?:u[\da-f]{0,3})?)/.source;
/** `\n` and `%3D` end in a letter, and a word may begin after them. */
const afterEscape = /(?<=\\[bfnrt]|\\u[\da-f]{4}|%(?:25){0,4}[\da-f]{2})/.source;
const start = String.raw`(?:${afterEscape}|(?<!\w))`;
const atSign = /(?:@|%(?:25){0,4}40|\\{1,4}u0040)/.source;
const domain = /[\p{L}\p{N}\p{M}_-]{1,63}(?:(?:\.|%(?:25){0,4}2e)[\p{L}\p{N}\p{M}_-]{1,63}){1,8}/u.source;
const betweenDigits = /(?:[\p{Zs}\p{Pd}()./+]|%(?:25){0,4}(?:2[089bdef]|c2%(?:25){0,4}a0))/u.source;

/** The name of an account is not a shopper's. */
const mustNotShow = new RegExp(
  [
    '"account":"[^"]*"',
    // keys of ours, of Shopify's, of WooCommerce's, of webhooks, and what is signed as a token
    String.raw`${start}(?:[sw]k_|shp[a-z]{2}_|whsec_)[\w+/=-]{8,}`,
    String.raw`${start}c[ks]_[\da-f]{32,}`,
    String.raw`${start}eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?`,
    // what no plain word is: "basic plan" is none
    String.raw`${start}(?:bearer|basic)\s+(?=[\w.~+/=-]{8})(?=[\w~+/-]{0,200}(?:[\d_=]|\.\w|(?-i:[a-z][A-Z]))|[\w.~+/=-]{20})[\w.~+/=-]+`,
    // the hash of an address or of a phone, or a random token of 256 bits
    String.raw`${outsideEscape}(?:${afterEscape}|(?<![\da-f]))[\da-f]{64,}`,
    // whoever a URL signs in as
    String.raw`(?<=:\/\/)[^\s/@"]{1,200}(?=@)`,
    // e-mail addresses, as URLs and JSON write them too
    String.raw`${outsideEscape}[\p{L}\p{N}\p{M}\w.!#$%&'*+/=?^\x60{|}~-]{1,64}${atSign}${domain}`,
    String.raw`(?<!\\)\\+"[^"\\]{1,64}\\{1,8}"${atSign}${domain}`,
    // phones with the code of their country; other numbers may be ids, and eight digits in a row a count
    String.raw`(?:(?:${afterEscape}|(?<![\w+]))\+|%(?:25){0,4}2b|(?<!\\)\\+u002b)(?=\d{9}|\d{1,7}${betweenDigits})\d(?:${betweenDigits}{0,4}\d){7,14}(?!\d)`,
  ].join('|'),
  'giu',
);

/** The second net: no line is meant to hold an e-mail address, a phone or a key, and where a message of somebody else's brings one, it goes. */
function withoutSecrets(line: string): string {
  return line.replace(mustNotShow, (found) => (found.startsWith('"account"') ? found : '[removed]'));
}

/** What an error may say in a log line: its name, code and message, without a stack of somebody's data. */
export function describeError(error: unknown): { name: string; message: string; code?: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name: error.name, message: error.message, ...code };
}
