import type { SiteSettingsView } from '../../../../../api/client.ts';
import type { CollectorAddress } from '../collector-address.ts';
import type { ServerConsent } from './missing-consent.ts';

/** The input of the steps of each setup method. */
export interface MethodStepsProps {
  readonly site: SiteSettingsView;
  readonly address: CollectorAddress;
}

/** The input of the steps of a method with events from the shop's server. */
export interface ServerMethodStepsProps extends MethodStepsProps {
  /** Undefined: not loaded. */
  readonly serverConsent: ServerConsent | undefined;
}
