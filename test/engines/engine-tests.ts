import type { OtherEngine } from './engine.ts';

/** The browser tests that other engines run too. A new test of the pixel or of a browser tag joins by its place. */
export const engineFiles = [
  'src/pixel/*.browser.test.ts',
  'src/destinations/*/browser/*.browser.test.ts',
  'src/simulators/demo-shop/demo-shop.browser.test.ts',
  'test/journeys/{visitor-journey,global-privacy-control,platform-tags,data-layer-shops,dashboard-pages}.browser.test.ts',
  'test/engines/*.browser.test.ts',
];

/** A reason why tests fail in an engine though the product works there, with the names of the tests by file. */
export interface DriverFault {
  readonly reason: string;
  readonly tests: Readonly<Record<string, readonly string[]>>;
}

const journey = 'test/journeys/visitor-journey.browser.test.ts';
const demoShop = 'src/simulators/demo-shop/demo-shop.browser.test.ts';

export const driverFaults: Readonly<Record<OtherEngine, readonly DriverFault[]>> = {
  firefox: [
    {
      reason: 'the driver does not have the bodies of requests',
      tests: {
        [journey]: [
          'lands from an ad, browses, searches and buys, and returns another day as the same visitor',
          'is not reported after declining, and is reported with the click after accepting on the same page',
          'loses nothing while offline',
          'is reported from the next page after buying while the collector was down',
        ],
      },
    },
    {
      reason: 'the driver cannot turn JavaScript off',
      tests: { [demoShop]: ['shows its clocks without JavaScript, and puts no form input into a URL'] },
    },
    {
      reason: "the test expects Chromium's words for a script that a policy blocks",
      tests: {
        'src/destinations/meta/browser/meta-pixel.browser.test.ts': [
          'loses neither page view nor event when an ad blocker or a content security policy blocks the script',
        ],
      },
    },
  ],
  webkit: [],
};
