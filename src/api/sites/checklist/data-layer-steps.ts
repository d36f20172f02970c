import { explainLeftOutPurchases, type OrderSettings } from '../../../event/own-orders.ts';
import type { Site } from '../../../event/site.ts';
import type { StepView } from './schemas.ts';

/** Returns the step about purchases that are not read from the site's data layers. Absent if they are, or if nothing is read. */
export function dataLayerSteps(site: OrderSettings & Pick<Site, 'capture'>): readonly StepView[] {
  const leftOut = explainLeftOutPurchases(site);
  if (!leftOut) return [];
  const { isChosen, says } = leftOut;
  return [
    {
      id: 'data-layer-purchases',
      group: 'pixel',
      title: 'Purchases of the dataLayer',
      state: isChosen ? 'problem' : 'optional',
      says: `${says}.`,
      guide: 'guides/data-layer',
    },
  ];
}
