import type { SiteSettingsView } from '../../../../../api/client.ts';
import type { CollectorAddress } from '../collector-address.ts';

/** The input of the steps of each setup method. */
export interface MethodStepsProps {
  readonly site: SiteSettingsView;
  readonly address: CollectorAddress;
}
