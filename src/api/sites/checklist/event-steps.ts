import { testEventName } from '../../../event/event-names.ts';
import { countrySteps } from './country-steps.ts';
import { hookSteps } from './hook-steps.ts';
import type { ObservedEvents } from './observed-events.ts';
import { checkConsent, checkPageViews, checkPixel, customPixelSteps, domainSteps } from './pixel-steps.ts';
import { platformSteps } from './platform-steps.ts';
import { checkDeduplication, checkIdentity, checkPurchases, checkServer } from './report-checks.ts';
import type { StepView } from './schemas.ts';
import { webhookSteps } from './webhook-steps.ts';

/** Returns the steps of the pixel, of the server, and of data quality. */
export function eventSteps(seen: ObservedEvents): readonly StepView[] {
  const real = { ...seen, observed: seen.observed.filter(({ name }) => name !== testEventName) };
  return [
    {
      id: 'pixel-seen',
      group: 'pixel',
      title: 'Pixel events',
      guide: 'guides/add-the-pixel',
      provesGuide: true,
      ...checkPixel(real),
    },
    ...domainSteps(seen),
    {
      id: 'page-views',
      group: 'pixel',
      title: 'Page views',
      guide: 'guides/add-the-pixel',
      provesGuide: true,
      ...checkPageViews(real),
    },
    {
      id: 'consent-told',
      group: 'pixel',
      title: 'Consent choices',
      guide: 'guides/consent',
      provesGuide: true,
      ...checkConsent(real),
    },
    ...countrySteps(real),
    ...customPixelSteps(real),
    ...platformSteps(real),
    {
      id: 'server-seen',
      group: 'server',
      title: 'Server events',
      guide: 'guides/send-from-your-server',
      provesGuide: true,
      ...checkServer(real),
    },
    ...webhookSteps(real),
    ...hookSteps(real),
    {
      id: 'purchase-seen',
      group: 'quality',
      title: 'Purchases',
      guide: 'guides/add-the-pixel',
      ...checkPurchases(real),
    },
    {
      id: 'copies-joined',
      group: 'quality',
      title: 'Deduplicated purchases',
      guide: 'guides/send-from-your-server',
      ...checkDeduplication(real),
    },
    {
      id: 'person-known',
      group: 'quality',
      title: 'Purchases with an e-mail address or phone number',
      guide: 'guides/match-quality',
      ...checkIdentity(real),
    },
  ];
}
