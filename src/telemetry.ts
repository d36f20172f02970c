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
const mustNotShow =
  /"account":"[^"]*"|\b[sw]k_[\w-]{8,}|\b(?:bearer|basic)\s+[\w.~+/=-]+|[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/gi;

/** The second net: no line is meant to hold an e-mail address or a key, and where a message of somebody else's brings one, it goes. */
function withoutSecrets(line: string): string {
  return line.replace(mustNotShow, (found) => (found.startsWith('"account"') ? found : '[removed]'));
}

/** What an error may say in a log line: its name, code and message, without a stack of somebody's data. */
export function describeError(error: unknown): { name: string; message: string; code?: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name: error.name, message: error.message, ...code };
}
