import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { type Issue, unknownAnswerCode, unreachableCode } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import type { OpenAttempt } from '../../storage/ports/attempts.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import type { RequestOutcome } from './attempt-result.ts';
import type { AuthorizedSender } from './authorized-sender.ts';
import { readRequestedWait } from './requested-wait.ts';
import type { ContentRefusal } from './settle-context.ts';

export interface FirewallCheckOptions {
  readonly consumer: ConsumerId;
  readonly store: Pick<Store, 'listAttempts'>;
  readonly sender: Pick<AuthorizedSender, 'probe'>;
  readonly logger: Logger;
  readonly destination: Pick<BoundDestination, 'decode' | 'limits'>;
  readonly now: () => UnixMs;
  readonly state: () => ConnectionState;
}

/** Distinguishes a refused credential from a request whose content is refused on the way, for example by a firewall. */
export class FirewallCheck {
  readonly #o: FirewallCheckOptions;
  /** The request in doubt whose last verdict was `blocked`. The store keeps no result of such a request. */
  #blockedInDoubt: string | undefined;

  constructor(options: FirewallCheckOptions) {
    this.#o = options;
  }

  /** Probes the credential. Returns `ok`, or the problem with the credential or the endpoint. */
  async probeCredential(): Promise<'ok' | Issue> {
    const { sender, logger, consumer } = this.#o;
    const verdict = readProbe(await sender.probe());
    logger.info({ consumer, verdict: verdict === 'ok' ? 'ok' : verdict.code }, 'credential probed');
    return verdict;
  }

  /** Probes within a wait that the platform asked for. Returns the wait that its answer asks for; undefined if it ends the wait. */
  async probeWait(): Promise<number | undefined> {
    const { sender, destination, logger, consumer, now } = this.#o;
    const askedMs = readRequestedWait(await sender.probe(), destination, now());
    logger.info({ consumer, askedMs }, 'probed within a requested wait');
    return askedMs;
  }

  /**
   * Judges a request that may have been blocked for its content. Returns `undefined` for any other request, and if the credential
   * is not accepted now. Reads the earlier attempts from the store, so the result survives a restart.
   */
  async judge(
    plan: BatchPlan,
    { id }: OpenAttempt,
    requestOutcome: RequestOutcome,
    inDoubt: boolean,
  ): Promise<ContentRefusal | undefined> {
    const { store, consumer, state } = this.#o;
    const [first] = plan.members;
    if (
      !first ||
      !('verdict' in requestOutcome) ||
      !requestOutcome.response ||
      !('blocked' in requestOutcome.verdict) ||
      !requestOutcome.verdict.mayBeContent
    )
      return undefined;
    if (state().pause) return undefined;
    const probed = await this.probeCredential();
    // A success in an unknown form is no refusal of the credential.
    if (probed !== 'ok' && probed.code !== unknownAnswerCode) return undefined;
    const attempts = await store.listAttempts(consumer, first.offset);
    const blocked = attempts.filter((attempt) => attempt.id !== id && attempt.settled?.result === 'blocked');
    const { takenAt } = state();
    const isOtherAccepted = takenAt !== undefined && takenAt >= Math.min(...blocked.map(({ startedAt }) => startedAt));
    if (!inDoubt) return { wasBlockedBefore: blocked.length > 0, isOtherAccepted };
    const wasBlockedBefore = this.#blockedInDoubt === id;
    this.#blockedInDoubt = id;
    return { wasBlockedBefore, isOtherAccepted };
  }
}

function readProbe(result: Awaited<ReturnType<AuthorizedSender['probe']>>): 'ok' | Issue {
  if (!('verdict' in result)) return unreachable;
  if (result.response) return result.verdict;
  const { verdict } = result;
  if ('blocked' in verdict) return verdict.blocked;
  const code = verdict.isUnanswered ? unreachableCode : 'probe-unavailable';
  return { field: 'access-token', code, message: verdict.retry };
}

const unreachable = {
  field: 'endpoint',
  code: unreachableCode,
  message: 'The platform could not be reached. Check the endpoint, DNS and firewall.',
} as const;
