import { html } from 'hono/html';
import type { Markup } from './page-elements.ts';

interface FirstSteps {
  /** A command that sends a purchase to the server API. */
  readonly call: string;
  /** The HTML of a page that reports the same purchase. */
  readonly tag: string;
  /** The address of the platform's own tag, such as `analytics.example/events.js`. */
  readonly tagAddress: string;
  /** The name of the tag. Default: `tag`. */
  readonly tagName?: string;
  /** The name of the events. Default: `events`. */
  readonly events?: string;
  /** The settings of a connection that have the address of the simulator. Default: `endpoint`. */
  readonly settings?: readonly [string, ...string[]];
}

/** Explains how to send the first events to a simulator at `url`. */
export function renderFirstSteps(url: string, steps: FirstSteps): Markup {
  const { call, tag, tagAddress, tagName = 'tag', events = 'events', settings = ['endpoint'] } = steps;
  const [first, ...others] = settings.map((name) => html`<code>${name}</code>`);
  return html`<section class="empty"><h2>No ${events} yet</h2>
<p>This page updates every two seconds. Send the same purchase from server and browser. It counts once:</p>
<div class="ways"><div><h3>From a server</h3><p>Set the connection's ${first}${others.map((other) => html` and ${other}`)} to <code>${url}</code> and send an event through Convey, or use curl:</p>
<pre tabindex="0">${call}</pre></div>
<div><h3>From a browser</h3><p>Load the simulated ${tagName} in place of <code>${tagAddress}</code>:</p>
<pre tabindex="0">${tag}</pre></div></div></section>`;
}
