import { styleText } from 'node:util';
import { sanitizeForTerminal } from './terminal-output.ts';

/** Fields of a log line that are shown apart, or not at all. */
const ownFields: ReadonlySet<string> = new Set(['level', 'time', 'msg']);
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
    .filter(([name, value]) => !ownFields.has(name) && value !== undefined && value !== null)
    .map(([name, value]) => `${name}: ${typeof value === 'object' && value !== null ? describeObject(value) : String(value)}`);
  const text = [String(msg), ...(details.length > 0 ? [`(${details.join(', ')})`] : [])].join(' ');
  return `${clock} ${label} ${sanitizeForTerminal(text, maxLine)}`;
}

/** Returns the message of a described error, otherwise JSON. */
function describeObject(value: object): string {
  return 'message' in value && typeof value.message === 'string' ? value.message : JSON.stringify(value);
}
