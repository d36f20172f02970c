import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ConveyError, errorMessage } from '../../errors.ts';
import type { Issue } from '../../event/issue.ts';

/** The result of a row, for the operator. */
export interface ListedResult {
  readonly line: number;
  readonly result: 'accepted' | 'repeated' | 'refused';
  /** The id of the event, if the gateway accepted it: another may hold personal data. */
  readonly id: string | null;
  /** The line of an equal row before it. */
  readonly repeats?: number;
  readonly issues: readonly Issue[];
}

const header = ['line', 'result', 'id', 'repeat of line', 'field', 'code', 'rule', 'remedy'];

/** The results of rows as a CSV file. A row with several issues has a line for each. */
export interface ResultFile {
  write(results: readonly ListedResult[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the file of the results, which only its owner can read. A resumed import goes on at the end of its earlier results, and overwrites no
 * other file. @throws ConveyError
 */
export async function openResultFile(path: string, isResumed: boolean): Promise<ResultFile> {
  const file = await explainErrors(async () => {
    const isBegun = isResumed && existsSync(path);
    if (isBegun) await assertResults(path);
    const opened = await open(path, isBegun ? 'a' : 'wx', 0o600);
    if (!isBegun) await opened.appendFile(toText([header]));
    return opened;
  });
  return {
    write: (results) => explainErrors(() => file.appendFile(toText(results.flatMap(toLines)))),
    close: () => file.close(),
  };
}

async function explainErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ConveyError(
      `The file of the results cannot be written: ${errorMessage(error)}`,
      'Use another file with --results. An existing file is not overwritten',
    );
  }
}

/** @throws Error if the file does not begin like one of results */
async function assertResults(path: string): Promise<void> {
  const begin = toText([header]);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(begin.length), 0, begin.length, 0);
    if (buffer.toString('utf8', 0, bytesRead) !== begin) throw new Error('it has no results of an import');
  } finally {
    await file.close();
  }
}

function toLines({ line, result, id, repeats, issues }: ListedResult): readonly (readonly string[])[] {
  const start = [String(line), result, id ?? '', repeats === undefined ? '' : String(repeats)];
  if (issues.length === 0) return [[...start, '', '', '', '']];
  return issues.map(({ field, code, message }) => [...start, field, code, ...splitMessage(message)]);
}

/** Splits a message into the rule, which is its first sentence, and the remedy. */
export function splitMessage(message: string): readonly [rule: string, remedy: string] {
  const [, rule = message, remedy = ''] = /^(.+?[.])\s+(.+)$/s.exec(message) ?? [];
  return [rule, remedy];
}

function toText(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map(toCell).join(',')}\n`).join('');
}

/** Quotes a cell, and keeps a spreadsheet from running it as a formula. */
function toCell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
