import { type Issue, unknownAnswerCode, unreachableCode } from '../../event/issue.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';

/** Forgets that the platform accepted the credential, because a later answer refuses it. */
export function dropProof({ provenAt: _, ...state }: ConnectionState): ConnectionState {
  return state;
}

/** Returns whether a probe's problem leaves the proof of an earlier probe: the platform gave no verdict, or a success in an unknown form. */
export function isWithoutVerdict({ code }: Issue): boolean {
  return withoutVerdict.has(code);
}

const withoutVerdict: ReadonlySet<string> = new Set([unreachableCode, 'probe-unavailable', unknownAnswerCode]);
