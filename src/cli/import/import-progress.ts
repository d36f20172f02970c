import { formatCount, formatDuration, formatPercent } from '../../event/format-numbers.ts';
import { minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { currentTerminal, printNotice } from '../terminal.ts';
import { columns } from '../terminal-output.ts';
import { formatNumber, type RowCounts } from './row-counts.ts';

const lineEveryMs = 10_000;
const barEveryMs = 200;
const barWidth = 12;
/** The rate is that of the last rows, so that it soon forgets a wait. */
const rateOverMs = 20_000;

/** Shows the progress of an import on stderr: one bar on a terminal, else a line now and then. */
export interface ImportProgress {
  show(done: number, counts: RowCounts): void;
  /** Prints a line that stays. */
  note(text: string): void;
  end(): void;
}

/** @param before the rows that an earlier start of the import did */
export function createImportProgress(total: number, before = 0): ImportProgress {
  const { stderr } = currentTerminal();
  const isBar = stderr.isTTY === true;
  const startedAt = Date.now();
  let shownAt = isBar ? 0 : startedAt;
  let isDrawn = false;
  const recent = [{ at: startedAt, done: before }];
  const clear = () => {
    if (isDrawn) stderr.write('\r\u001b[K');
    isDrawn = false;
  };
  return {
    show(done, { refused }) {
      const now = Date.now();
      recent.push({ at: now, done });
      while (recent[1] && now - recent[1].at >= rateOverMs) recent.shift();
      if (now - shownAt < (isBar ? barEveryMs : lineEveryMs)) return;
      shownAt = now;
      const text = [
        `${formatPercent(done, total)}  ${formatNumber(done)} of ${formatCount(total, 'row')}`,
        ...describePace(recent, total - done),
        ...(refused > 0 ? [`${formatNumber(refused)} refused`] : []),
      ].join(', ');
      if (!isBar) return printNotice(text);
      const filled = total === 0 ? 0 : Math.round((barWidth * done) / total);
      clear();
      stderr.write(`[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${text}`.slice(0, columns - 1));
      isDrawn = true;
    },
    note(text) {
      clear();
      printNotice(text);
    },
    end: clear,
  };
}

function describePace(recent: readonly { readonly at: UnixMs; readonly done: number }[], left: number): readonly string[] {
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first || !last || last.at - first.at < secondMs || last.done <= first.done) return [];
  const perMs = (last.done - first.done) / (last.at - first.at);
  const leftMs = left / perMs;
  const span = leftMs < 2 * minuteMs ? `${Math.ceil(leftMs / secondMs)} s` : formatDuration(leftMs);
  return [`${formatNumber(Math.round(perMs * secondMs))}/s`, `${span} left`];
}
