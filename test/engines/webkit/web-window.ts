import type { EventEmitter } from 'node:events';
import type { BrowserContext, Page } from 'playwright-core';
import type { WebDriver } from './web-driver.ts';
import type { WebProxy } from './web-proxy.ts';

/** A page of a context, which is a window of its browser. */
export interface WebPage {
  readonly page: Page;
  /** Runs a function or an expression on the page. A list of elements is a list of references. */
  run(code: unknown, ...args: readonly unknown[]): Promise<unknown>;
  /** Sends a command for the page's window. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>;
}

/** A browser of its own, in which each page is a window. */
export interface WebContext {
  readonly context: BrowserContext;
  readonly proxy: WebProxy;
  readonly events: EventEmitter;
  readonly pages: Set<WebPage>;
  /** Runs commands in a window, one caller at a time. */
  inWindow<T>(handle: string, run: (call: WebDriver['call']) => Promise<T>): Promise<T>;
  addInitScript(script: unknown, arg?: unknown): Promise<void>;
  close(): Promise<void>;
}
