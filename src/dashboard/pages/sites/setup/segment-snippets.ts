export type SegmentSdkId = 'segment' | 'rudderstack' | 'jitsu';

/** An SDK that speaks Segment's protocol, with the code that changes its host alone. Their options: guide `segment`. */
interface SegmentSdk {
  readonly id: SegmentSdkId;
  readonly label: string;
  /** Returns the call in a page. `origin` has no path: the SDKs add their own. */
  readonly inPage: (origin: string, writeKey: string) => string;
  /** Returns the call on a server, whose key is in the variable `CONVEY_SECRET_KEY`. Not every SDK has one. */
  readonly onServer?: (origin: string) => string;
}

export const segmentSdks: readonly SegmentSdk[] = [
  {
    id: 'segment',
    label: 'Segment',
    inPage: (origin, writeKey) => `AnalyticsBrowser.load({ writeKey: '${writeKey}', cdnURL: '${origin}' });`,
    onServer: (origin) => `new Analytics({ writeKey: process.env.CONVEY_SECRET_KEY, host: '${origin}' });`,
  },
  {
    id: 'rudderstack',
    label: 'RudderStack',
    inPage: (origin, writeKey) => `import { RudderAnalytics } from '@rudderstack/analytics-js/bundled';
new RudderAnalytics().load('${writeKey}', '${origin}', { configUrl: '${origin}' });`,
    onServer: (origin) => `new RudderAnalytics(process.env.CONVEY_SECRET_KEY, { dataPlaneUrl: '${origin}' });`,
  },
  {
    id: 'jitsu',
    label: 'Jitsu',
    inPage: (origin, writeKey) => `jitsuAnalytics({ host: '${origin}', writeKey: '${writeKey}:x' });`,
  },
];
