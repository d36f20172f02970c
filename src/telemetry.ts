import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** Structured logs, one JSON object a line: ids, names, codes and counts; never bodies, headers or settings. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'child'>;

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export function makeLogger(level: LogLevel, stream: DestinationStream): Logger {
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

/** The name of an account is not a shopper's. */
const mustNotShow = new RegExp(
  [
    /"account":"[^"]*"/,
    // keys of ours, of Shopify's, and what is signed as a token
    /\b[sw]k_[\w-]{8,}/,
    /\bshp[a-z]{2}_[\w-]{8,}/,
    /\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/,
    /\b(?:bearer|basic)\s+[\w.~+/=-]+/,
    // the hash of an address or of a phone, or a random token of 256 bits
    /(?<![\da-f])[\da-f]{64,}/,
    // whoever a URL signs in as
    /(?<=:\/\/)[^\s/@"]{1,200}(?=@)/,
    // e-mail addresses, as URLs and JSON write them too
    /[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40|\\{1,4}u0040)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/,
    // phones with the code of their country; other numbers may be ids
    /(?<![\w+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\d)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gi',
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
