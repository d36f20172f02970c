import { RudderAnalytics } from '@rudderstack/analytics-js/bundled';

globalThis.run = ({ url, key, order }) =>
  new Promise((done) => {
    const analytics = new RudderAnalytics();
    analytics.load(key, url, { configUrl: url });
    analytics.ready(() => done());
    analytics.track('Order Completed', order);
    setTimeout(done, 5_000);
  });
