import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second. */
const msPerTick = 10;

/**
 * Returns the CPU time of a process, its running children and its ended ones, in milliseconds. Works on Linux only.
 * @source https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (2026-11-28)
 */
export function readCpuMs(pid: number): number {
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      // The second column has spaces.
      const stat = readStat(Number(name)).split(') ').at(-1)?.split(' ') ?? [];
      const column = (index: number) => Number(stat[index] ?? 0);
      const [parent, own, ended] = [column(1), column(11) + column(12), column(13) + column(14)];
      if (Number(name) === pid) return own + ended;
      return parent === pid ? own : 0;
    });
  return ticks.reduce((sum, one) => sum + one, 0) * msPerTick;
}

/** Returns an empty text for a process that has ended. */
function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}
