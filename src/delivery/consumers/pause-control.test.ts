import { expect, it } from 'vitest';
import type { Issue } from '../../event/issue.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import { createState, start } from '../../storage/ports/store.fixture.ts';
import { PauseControl } from './pause-control.ts';

const refused: Issue = { field: 'token', code: 'refused', message: 'The platform refuses the credential.' };
const unanswered: Issue = { field: 'endpoint', code: 'unreachable', message: 'The platform does not answer.' };

/** Probes a connection once for each verdict. Returns its state after them. */
async function probeInTurn(...verdicts: readonly ('ok' | Issue)[]): Promise<ConnectionState> {
  let state = createState('1');
  const left = [...verdicts];
  const control = new PauseControl({
    now: () => start,
    leased: {
      get state() {
        return state;
      },
      commit: async (commit) => {
        state = commit.state;
      },
      update: async (change) => {
        state = { ...state, ...change };
      },
    },
    contentCheck: { probeCredential: async () => left.shift() ?? 'ok', probeWait: async () => undefined },
    onResume: () => undefined,
  });
  for (const _ of verdicts) await control.probe();
  return state;
}

it('a probe that the platform refuses ends the proof of an earlier one', async () => {
  expect(await probeInTurn('ok', refused)).not.toHaveProperty('provenAt');
  expect(await probeInTurn('ok', refused, 'ok')).toMatchObject({ provenAt: start });
});

it('a probe without an answer leaves the proof of an earlier one', async () => {
  const noVerdict: Issue = { field: 'access-token', code: 'probe-unavailable', message: 'Busy.' };
  for (const verdict of [unanswered, noVerdict]) expect(await probeInTurn('ok', verdict)).toMatchObject({ provenAt: start });
});
