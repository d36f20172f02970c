import { toLoopbackUrl } from '../api/sites/collector-url.ts';
import type { Config } from '../config/config.ts';
import type { Finding } from '../doctor/finding.ts';
import type { BudgetState } from '../event/browser-budget.ts';
import { formatCount } from '../event/format-numbers.ts';

export type SiteBudget = { readonly site: string; readonly budget: BudgetState };

/** The state of a gateway that runs on the data folder. */
export interface RunningState {
  readonly log: {
    readonly writable: boolean;
    readonly problem?: string;
    readonly browserProblem?: string;
  };
  /** How much of today's budget browsers have used at each site. */
  readonly budgets: readonly SiteBudget[];
  /** The ids of its sites; absent if it has no admin API. */
  readonly sites?: readonly string[];
}

/** Asks a gateway that runs on the data folder, or its port if it has no admin API. Returns undefined if it does not answer. */
export async function askRunningGateway(
  { host, port }: Pick<Config['collector'], 'host' | 'port'>,
  ask: () => Promise<RunningState>,
): Promise<RunningState | undefined> {
  try {
    return await ask();
  } catch {
    const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const answer = await fetch(toLoopbackUrl(`${origin}/readyz`), { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    return answer && { log: { writable: answer.ok }, budgets: [] };
  }
}

/** Checks whether a running gateway accepts events. */
export function* checkRunning(running: RunningState | undefined): Generator<Finding> {
  const subject = 'log';
  if (!running) {
    const says = 'The gateway does not answer, so it is not known whether it accepts events. See its log, and restart it';
    yield { level: 'problem', subject, says };
    return;
  }
  const { writable, problem = 'see `not accepting events` in its log for the reason', browserProblem } = running.log;
  if (!writable) yield { level: 'problem', subject, says: `Not accepting events: ${problem}` };
  else if (browserProblem !== undefined)
    yield { level: 'warning', subject, says: `Not accepting events from browsers: ${browserProblem}` };
  else yield { level: 'ok', subject, says: 'The gateway accepts events' };
}

/** Reports the sites of the dashboard, which are not checked while the gateway runs: it holds the folder in which they are stored. */
export function* reportUnchecked({ sites }: Pick<Config, 'sites'>, running: RunningState | undefined): Generator<Finding> {
  const subject = 'dashboard';
  const remedy = 'See their checklists in the dashboard, or check again while the gateway is stopped';
  if (!running?.sites) {
    yield { level: 'warning', subject, says: `Sites of the dashboard, if there are any, were not checked. ${remedy}` };
    return;
  }
  const inFile = new Set(sites.map(({ id }) => id));
  const unchecked = running.sites.filter((id) => !inFile.has(id)).length;
  if (unchecked > 0) {
    const says = `${formatCount(unchecked, 'site')} of the dashboard ${unchecked === 1 ? 'was' : 'were'} not checked, because the gateway runs. ${remedy}`;
    yield { level: 'warning', subject, says };
  }
}
