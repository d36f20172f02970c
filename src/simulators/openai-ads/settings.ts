import { type CommonSettings, commonDefaults } from '../kit/settings.ts';

/**
 * Settings of the behaviour that OpenAI's pages do not define, and of the simulator itself. The pages define the thousand events, the seven
 * days and the ten minutes. All other defaults are assumptions.
 * @source https://developers.openai.com/ads/conversions-api (2026-09-11)
 */
export interface Settings extends CommonSettings {
  readonly maxEvents: number;
  readonly maxAgeMs: number;
  readonly maxFutureMs: number;
  /** Time after the first report in which another one of the same event is a duplicate. */
  readonly dedupWindowMs: number;
}

const day = 86_400_000;

export const defaults: Settings = {
  ...commonDefaults,
  maxEvents: 1_000,
  maxAgeMs: 7 * day,
  maxFutureMs: 600_000,
  dedupWindowMs: 7 * day,
  maxBodyBytes: 1_000_000,
  maxBodyDepth: 32,
};
