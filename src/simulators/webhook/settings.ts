import { type CommonSettings, commonDefaults } from '../kit/settings.ts';

/** Settings of the receiver itself. */
export interface Settings extends CommonSettings {
  /** `whsec_` and the key in base64. A message needs a signature by one of them. */
  readonly secrets: readonly string[];
}

/** The secret of a simulator that is started without one. It protects nothing. */
export const defaultSecret = `whsec_${Buffer.from('simulator secret, protects none!').toString('base64')}`;

export const defaults: Settings = {
  ...commonDefaults,
  secrets: [defaultSecret],
  maxBodyBytes: 2_000_000,
};
