import { type Issue, unknownAnswerCode, unreachableCode } from '../../event/issue.ts';
import type { CredentialTest } from '../../event/settings-test.ts';

/** Codes of answers that are no verdict of the platform on the credential. */
const unverifiedCodes: ReadonlySet<string> = new Set([
  unknownAnswerCode,
  'probe-unavailable',
  'answered-by-web-page',
  'endpoint-wrong',
  'redirected',
]);

/** Returns the result of a settings test by the answer that the platform's reader made of the response. */
export function judgeProbe(answer: 'ok' | Issue): CredentialTest['state'] {
  if (answer === 'ok') return 'accepted';
  if (answer.code === unreachableCode) return 'not-reached';
  return unverifiedCodes.has(answer.code) ? 'unverified' : 'refused';
}
