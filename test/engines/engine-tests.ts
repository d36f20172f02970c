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
const dashboard = 'test/journeys/dashboard-pages.browser.test.ts';
const metaDriver = 'src/destinations/meta/browser/meta-pixel.browser.test.ts';

const chromiumWords: DriverFault = {
  reason: "the test expects Chromium's words for a script that a policy blocks",
  tests: {
    [metaDriver]: ['loses neither page view nor event when an ad blocker or a content security policy blocks the script'],
  },
};
const needsScripts: DriverFault = {
  reason: 'the driver cannot turn JavaScript off',
  tests: { [demoShop]: ['shows its clocks without JavaScript, and puts no form input into a URL'] },
};

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
    needsScripts,
    chromiumWords,
    {
      reason: "Firefox's process of the page crashes while axe audits it",
      tests: {
        [dashboard]: [
          'an invited editor of one site sees only that site, changes the own password, and invites people once an owner',
          'an owner finds a person by keyboard, exports the data, and erases it',
        ],
      },
    },
  ],
  webkit: [
    needsScripts,
    chromiumWords,
    {
      reason: 'the driver has no clock of the page',
      tests: {
        'test/journeys/platform-tags.browser.test.ts': [
          'Pinterest counts a purchase of tag and server once, with the same data, when the shopper accepts',
          "the page's own `pintrk('page')` counts the view, and the server sends none of its own",
        ],
        [dashboard]: [
          'a session that expires on a page with a stream leads to the sign-in, and back',
          'a page that crashes leaves the navigation usable, and one without a gateway says so',
        ],
      },
    },
    {
      reason: 'the driver has no frames',
      tests: { [journey]: ['is the same visitor in a frame of the shop, and a new one without cookies in a sandbox'] },
    },
    {
      reason: 'the driver has no downloads',
      tests: { [dashboard]: ['an owner finds a person by keyboard, exports the data, and erases it'] },
    },
    {
      reason: 'no window of the screen has the focus, so that `:focus` matches nothing',
      tests: { [demoShop]: ['accepts a denial by keyboard, and a new choice from the footer'] },
    },
    {
      reason: "MiniBrowser's window cannot be as narrow as a phone",
      tests: { [demoShop]: ['fits a phone on every page, and the cookie banner hides no content'] },
    },
    {
      reason: 'WebKit has no event for leaving a page before it is loaded: reports that wait for a tag or for consent are lost',
      tests: {
        'src/destinations/microsoft/browser/uet-tag.browser.test.ts': [
          'leaves the page view to the collector when the shopper leaves before it loads',
        ],
      },
    },
  ],
};
