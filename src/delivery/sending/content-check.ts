import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Issue } from '../../event/issue.ts';
import type { Logger } from '../../logger.ts';
import type { OpenAttempt } from '../../storage/store/attempts.ts';
import type { ConnectionState } from '../../storage/store/connection-state.ts';
import type { ConsumerId } from '../../storage/store/consumer-id.ts';
import type { Store } from '../../storage/store/store.ts';
import type { BatchPlan } from '../planning/decide.ts';
import type { Sender } from './http-sender.ts';
import type { RefusedContent, RequestOutcome } from './settle.ts';

export interface ContentCheckOptions {
  readonly pump: ConsumerId;
  readonly platform: Pick<BoundDestination, 'probe'>;
  readonly store: Pick<Store, 'listAttempts'>;
  readonly sender: Sender;
  readonly logger: Logger;
  readonly state: () => ConnectionState;
  /** Renews the lease, since a probe may take as long as a request. */
  readonly keepLease: () => Promise<void>;
}

/** Tells a refused credential from a request that something on the way, such as a firewall, refuses for what its events say. */
export class ContentCheck {
  readonly #o: ContentCheckOptions;
  /** The request in doubt whose latest answer was `blocked`: no verdict is kept of such a request. */
  #blockedInDoubt: string | undefined;

  constructor(options: ContentCheckOptions) {
    this.#o = options;
  }

  /** Sends a probe: `ok`, or what is wrong with the credential or the way to the platform. */
  async askCredential(): Promise<'ok' | Issue> {
    const { sender, platform, logger, pump } = this.#o;
    const sent = await sender.send(platform.probe.encode());
    const verdict = 'response' in sent ? platform.probe.decode(sent.response) : unreachable;
    logger.info({ pump, verdict: verdict === 'ok' ? 'ok' : verdict.code }, 'credential probed');
    return verdict;
  }

  /**
   * Judges a request that may have been blocked for its content; `undefined` for any other, and if the credential is not accepted now.
   * Reads the attempts before it, so that a restart forgets nothing.
   */
  async judge(
    plan: BatchPlan,
    { id }: OpenAttempt,
    ending: RequestOutcome,
    inDoubt: boolean,
  ): Promise<RefusedContent | undefined> {
    const { store, pump, state, keepLease } = this.#o;
    const [first] = plan.members;
    if (!first || !('decoded' in ending) || !('blocked' in ending.decoded) || !ending.decoded.mayBeContent) return undefined;
    if (state().pause) return undefined;
    await keepLease();
    if ((await this.askCredential()) !== 'ok') return undefined;
    const attempts = await store.listAttempts(pump, first.offset);
    const blocked = attempts.filter((attempt) => attempt.id !== id && attempt.settled?.result === 'blocked');
    const { takenAt } = state();
    const isOtherTaken = takenAt !== undefined && takenAt >= Math.min(...blocked.map(({ startedAt }) => startedAt));
    if (!inDoubt) return { isAgain: blocked.length > 0, isOtherTaken };
    const isAgain = this.#blockedInDoubt === id;
    this.#blockedInDoubt = id;
    return { isAgain, isOtherTaken };
  }
}

const unreachable = {
  field: 'endpoint',
  code: 'unreachable',
  message: 'The platform could not be reached. Check the endpoint, DNS and firewall.',
} as const;
