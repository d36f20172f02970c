import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReferencePage } from '../scripts/reference-page.ts';
import { openApi } from '../src/api/api.fixture.ts';
import { createOpenApiDocument } from '../src/api/reference/openapi.ts';
import { routes } from '../src/api/routes.ts';
import { readReferencePage } from '../src/gateway/built-assets.ts';
import { getSharedBrowser } from './browser.fixture.ts';

describe('the reference page', () => {
  let api: Awaited<ReturnType<typeof openApi>>;
  let browser: Browser;
  let answer: Response;
  let text: string;
  beforeAll(async () => {
    api = await openApi();
    browser = await getSharedBrowser();
    answer = await api.app({ referencePage: readReferencePage() }).request('/api');
    text = await answer.text();
  });
  afterAll(async () => {
    api.dispose();
  });

  /** Opens the page as the API serves it. Returns the URLs that it requested. */
  const open = async (width: number, colorScheme: 'light' | 'dark') => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const page = await context.newPage();
    const requestedUrls: string[] = [];
    await page.route('**', (route) => {
      requestedUrls.push(route.request().url());
      return route.fulfill({ status: answer.status, headers: Object.fromEntries(answer.headers), body: text });
    });
    await page.goto('http://127.0.0.1:9/api');
    return { page, urls: requestedUrls, close: () => context.close() };
  };

  it.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('fits at %i px in %s, has enough contrast, and loads nothing else', async (width, scheme) => {
    const { page, urls, close } = await open(width, scheme);
    const seen = await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      const { color, backgroundColor } = getComputedStyle(document.body);
      const brightness = (rgb: string) => (rgb.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
      return {
        overflow: document.documentElement.scrollWidth - innerWidth,
        text: brightness(color),
        ground: brightness(backgroundColor),
        broken: [...document.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')]
          .map((link) => link.hash.slice(1))
          .filter((id) => document.getElementById(id) === null),
      };
    });
    expect(seen.overflow).toBe(0);
    expect(scheme === 'light' ? seen.ground - seen.text : seen.text - seen.ground).toBeGreaterThan(180);
    expect(seen.broken).toEqual([]);
    expect(urls).toEqual(['http://127.0.0.1:9/api']);
    await close();
  });

  it('shows every operation and every schema', async () => {
    const { page, close } = await open(1280, 'light');
    const shown = await page.locator('main h3').allTextContents();
    const { paths, components } = createOpenApiDocument(routes, '1');
    const operations = Object.entries(paths).flatMap(([path, of]) =>
      Object.keys(of).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(shown.map((heading) => heading.trim())).toEqual(
      expect.arrayContaining([...operations, ...Object.keys(components.schemas)]),
    );
    await close();
  });

  it('permits the browser no loads and scripts, and escapes the texts of the document', async () => {
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    const document = createOpenApiDocument(routes, '<img src=x onerror=alert(1)>');
    const page = await renderReferencePage({ ...document, info: { ...document.info, description: '</style><script>`"&\'' } });
    expect(page).not.toMatch(/<img|<script/);
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });
});
