import { createWrapper } from '@segment/analytics-consent-tools';
import { AnalyticsBrowser } from '@segment/analytics-next';

globalThis.run = async ({ url, key, order, isAllowed }) => {
  const analytics = new AnalyticsBrowser();
  createWrapper({ getCategories: () => ({ C0004: isAllowed, C0002: true }) })(analytics);
  analytics.load({ writeKey: key, cdnURL: url });
  await analytics.track('Order Completed', order);
};
