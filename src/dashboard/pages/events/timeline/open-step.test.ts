import { describe, expect, it } from 'vitest';
import type { EventStepName, EventStepState } from '../../../../api/client.ts';
import { findOpenStep } from './open-step.ts';

const delivery = (connection: string, ...steps: readonly (readonly [EventStepName, EventStepState])[]) => ({
  connection,
  steps: steps.map(([step, state]) => ({ step, state })),
});
const bing = delivery('bing', ['sent', 'done'], ['countable', 'waiting']);
const meta = delivery('meta', ['sent', 'waiting'], ['countable', 'none']);
const google = delivery('google', ['sent', 'done'], ['answered', 'failed']);

describe('findOpenStep', () => {
  it('opens the earliest of the most urgent steps', () => {
    expect(findOpenStep([bing, meta], undefined)).toBe('meta sent');
    expect(findOpenStep([bing, meta, google], undefined)).toBe('google answered');
    expect(findOpenStep([delivery('bing', ['sent', 'done'])], undefined)).toBeUndefined();
  });

  it('prefers the connection that the person asked about', () => {
    expect(findOpenStep([bing, meta, google], 'meta')).toBe('meta sent');
    expect(findOpenStep([delivery('bing', ['sent', 'done']), google], 'bing')).toBe('google answered');
    expect(findOpenStep([bing], 'gone')).toBe('bing countable');
  });
});
