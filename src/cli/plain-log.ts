import { styleText } from 'node:util';
import { sanitizeForTerminal } from './terminal-output.ts';

const maxLine = 400;

/**
 * Returns a log stream for a person at a terminal: warnings and errors as text. The other lines of the log describe normal operation, which
 * the dashboard shows.
 */
export function createPlainLogStream(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): {
  write(line: string): void;
} {
  return {
    write(line) {
      const text = formatLogLine(line, stream);
      if (text !== undefined) stream.write(`${text}\n`);
    },
  };
}

function formatLogLine(line: string, stream: NodeJS.WritableStream): string | undefined {
  const { level, time, msg, ...fields }: Record<string, unknown> = JSON.parse(line);
  if (level !== 'warn' && level !== 'error') return undefined;
  const label = level === 'error' ? styleText('red', 'error:', { stream }) : styleText('yellow', 'warning:', { stream });
  const clock = styleText('dim', String(time).slice(11, 19), { stream });
  const details = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${describeValue(value)}`);
  const text = [String(msg), ...(details.length > 0 ? [`(${details.join(', ')})`] : [])].join(' ');
  return `${clock} ${label} ${sanitizeForTerminal(text, maxLine)}`;
}

/** Returns the message of a described error, otherwise JSON or the plain value. */
function describeValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return 'message' in value && typeof value.message === 'string' ? value.message : JSON.stringify(value);
}
