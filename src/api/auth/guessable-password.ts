import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import type { Issue } from '../../event/issue.ts';
import { loadOnce } from '../../load-once.ts';
import { createParameterIssue } from '../http/api-errors.ts';

/**
 * An attacker who knows common passwords and patterns needs at least 100 million guesses for a password of this score, from 0 to 4.
 * @source https://github.com/zxcvbn-ts/zxcvbn (2026-11-27)
 */
const minScore = 3;
/** Characters that are judged. The check blocks the process: 40 characters at most for some 100 ms, 256 for seconds. */
const maxJudged = 40;

/** Returns whether a password is common, follows a simple pattern or resembles the account's name. */
export async function isGuessable(password: string, name: string): Promise<boolean> {
  return (await loadJudge()).check(password.slice(0, maxJudged), [name]).score < minScore;
}

/** Loads the dictionary, which takes a tenth of a second. Few processes of Convey ever set a password. */
const loadJudge = loadOnce(async (): Promise<ZxcvbnFactory> => {
  const [{ ZxcvbnFactory }, { dictionary, adjacencyGraphs }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
});

export const passwordIsGuessable = createIssue('password');
export const newPasswordIsGuessable = createIssue('newPassword');

function createIssue(field: string): Issue {
  const rule = 'hard to guess: not a common password, a repetition, a row of keys or the name';
  return createParameterIssue(field, rule, 'Choose a few unrelated words.');
}
