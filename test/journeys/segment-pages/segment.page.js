import { AnalyticsBrowser } from '@segment/analytics-next';

globalThis.run = async ({ url, key, order }) => {
  const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
  await analytics.identify('cust-7', { email: 'jane.doe@example.com' });
  await analytics.track('Order Completed', order);
};
