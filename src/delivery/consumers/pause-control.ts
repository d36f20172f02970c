import { judgeProbe } from '../../destinations/kit/judge-probe.ts';
import { type Issue, unknownAnswerCode } from '../../event/issue.ts';
import { type CredentialTest, explainSettingsTest, settingsTestTexts } from '../../event/settings-test.ts';
import type { UnixMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { getNextProbeTime } from '../sending/backoff.ts';
import { closedBreaker } from '../sending/circuit-breaker.ts';
import { dropProof, isWithoutVerdict } from '../sending/credential-proof.ts';
import type { FirewallCheck } from '../sending/firewall-check.ts';
import { getRepeatedBlock } from '../sending/repeated-block.ts';
import { continueWait } from '../sending/requested-wait.ts';
import { dropUnsettled, isPausedForAnswers } from '../sending/settle-unconfirmed.ts';
import type { LeasedState } from './leased-state.ts';

interface PauseControlDeps {
  readonly now: () => UnixMs;
  readonly leased: Pick<LeasedState, 'state' | 'commit' | 'update'>;
  readonly contentCheck: Pick<FirewallCheck, 'probeCredential' | 'probeWait'>;
  /** Called after a pause ended. */
  readonly onResume: () => void;
}

/** Begins and ends a connection's pauses and the waits that its platform asks for, and probes the platform meanwhile. */
export class PauseControl {
  readonly #o: PauseControlDeps;

  constructor(deps: PauseControlDeps) {
    this.#o = deps;
  }

  /** Pauses the connection. `account`: the operator's; undefined for the command line. */
  pause(account?: string): Promise<void> {
    const issue = {
      field: 'connection',
      code: 'operator',
      message: 'An operator paused the connection. Resume it when it may send again.',
    };
    const by = account === undefined ? {} : { account };
    return this.#o.leased.update({ pause: { cause: 'operator', issue, since: this.#o.now(), probeAt: null, by } });
  }

  /** Ends any pause, wait, check of all payloads and count of unconfirmed answers, and resets the rejection counts and the circuit breaker. */
  async resume(): Promise<void> {
    const {
      browser: _,
      misfitAt: _misfitAt,
      unconfirmed: _unconfirmed,
      unverified: _unverified,
      blockedSince: _blockedSince,
      ...state
    } = this.#o.leased.state;
    await this.#o.leased.commit({ state });
    await this.#end();
  }

  /** Probes a platform that asked to wait for more than an hour. The wait goes on only if the answer repeats it. */
  async probeWait(until: UnixMs): Promise<void> {
    const { leased, contentCheck, now } = this.#o;
    const askedMs = now() < until ? await contentCheck.probeWait() : undefined;
    await leased.commit({ state: continueWait(leased.state, now(), askedMs) });
  }

  /** Probes the credential now, regardless of the schedule. */
  async probe(): Promise<CredentialTest> {
    const { leased, contentCheck, now } = this.#o;
    const verdict = await contentCheck.probeCredential();
    const { pause, settingsChangedAt } = leased.state;
    const isBlocked = pause?.cause === 'blocked' && !isPausedForAnswers(pause);
    const isUnknown = verdict !== 'ok' && verdict.code === unknownAnswerCode;
    // A success in an unknown form is no refusal of the credential, unless requests with events are still refused after one.
    if (verdict === 'ok' || (isUnknown && getRepeatedBlock(leased.state) === undefined)) {
      if (isBlocked) await this.#end({ blockedSince: pause.since });
      else if (leased.state.wait) await this.#endWait();
      if (verdict === 'ok') await leased.update({ provenAt: now() });
      return describeProbe(verdict);
    }
    const proof = isWithoutVerdict(verdict) ? leased.state : dropProof(leased.state);
    // After a final block only an operator asks for a probe, and none follows it.
    const next =
      isBlocked && pause.probeAt !== null
        ? { pause: { ...pause, issue: isUnknown ? pause.issue : verdict, probeAt: getNextProbeTime(now(), settingsChangedAt) } }
        : {};
    await leased.commit({ state: { ...proof, ...next } });
    return describeProbe(verdict);
  }

  async #endWait(): Promise<void> {
    const { wait: _, ...state } = this.#o.leased.state;
    await this.#o.leased.commit({ state: { ...state, breaker: { ...state.breaker, notBefore: 0 } } });
  }

  async #end(change: Pick<ConnectionState, 'blockedSince'> = {}): Promise<void> {
    const { wait: _, ...state } = dropUnsettled(this.#o.leased.state);
    await this.#o.leased.commit({ state: { ...state, ...change, pause: null, verdicts: '', breaker: closedBreaker } });
    this.#o.onResume();
  }
}

function describeProbe(verdict: 'ok' | Issue): CredentialTest {
  const state = judgeProbe(verdict);
  const says = verdict === 'ok' ? `${settingsTestTexts[state].sentence}.` : explainSettingsTest(state, verdict.message);
  return { state, says };
}
