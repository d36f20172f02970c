import type { Fields } from './fields.ts';

/** The tokens that the demo's simulators accept. */
export const demoToken = 'demo-token';

/** One run of the demo's scripted shopper. */
export interface DemoRun {
  /** Begins the ids of all events: `<id>-<index>` from the server, `<id>-browser-<index>` from the browser. */
  readonly id: string;
  /** UNIX milliseconds of the events with index 0. Each further one is a second later. */
  readonly startedAt: number;
  /** Origin of the demo shop. */
  readonly origin: string;
  /** The visitor id that the gateway gave the browser. */
  readonly visitorId: string;
}

/** An event that a browser tag reports, by its standard name. */
export interface TaggedEvent {
  readonly id: string;
  readonly name: 'PageView' | 'ViewContent' | 'AddToCart' | 'InitiateCheckout' | 'Purchase';
  readonly url: string;
  /** UNIX milliseconds. */
  readonly at: number;
  readonly value?: number | undefined;
  /** The shop's number of a purchase. */
  readonly orderId?: string | undefined;
}

/** The request by which a browser tag reports an event: a GET, or a POST of the JSON body. */
export interface TagRequest {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: Fields;
}

/** A platform's part of the demo. The settings are those of Convey's config file. */
export interface PlatformDemo {
  /** Values of the simulator's options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Returns the settings of the demo's connection, for a simulator at this origin. */
  settings(origin: string): Fields;
  /** Returns the app with which operators connect accounts, for a simulator at this origin. Absent: none are connected. */
  account?(origin: string): Fields;
  /** Returns the settings of the site's browser tag, for a simulator at this origin. Absent: the platform has no tag. */
  tag?(origin: string): Fields;
  /** Returns the request of the platform's browser tag for an event of the demo's day. Undefined: the tag reports no such event. */
  reportByTag?(event: TaggedEvent): TagRequest | undefined;
  /** The parameter that the platform adds to the address of a clicked ad, such as `fbclid=demo-click`. Absent: there is none. */
  readonly clickParameter?: string;
  /** The value that a reader enters to add a connection, such as `UET tag ID 187012346`. */
  readonly ownConnection: string;
  /**
   * Returns the events of the scripted shopper by event id, as the platform must receive them. It lacks the events that the platform must
   * not receive. Written by hand from the platform's documentation.
   */
  expected(run: DemoRun): ReadonlyMap<string, Fields>;
  /** Returns the names of the keys by which the platform can match a received event. */
  listMatchKeys(event: Fields): readonly string[];
}

/** Facts of the scripted shopper that platforms receive unchanged. */
export const demoFacts = {
  shop: 'https://shop.example',
  agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  anonymousId: 'b171a9b06ce011ecafcd1b209be8601b',
  ip: '203.0.113.42',
  /** A page load of the browser. */
  loadId: '3f0c9f7e-2f0b-4c52-9a56-0d6a3f3a9b10',
  landing: '/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab',
} as const;
