import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGatewayClock } from './gateway-clock.ts';

const minuteMs = 60_000;
const root = join(import.meta.dirname, '..');

describe("the gateway's clock", () => {
  it.each([-7 * minuteMs, 0, 7 * minuteMs])('runs on from the newest answer when the browser is %i ms off', (off) => {
    let gateway = 1_000_000_000;
    const clock = createGatewayClock(() => gateway + off);
    clock.recordAnswer(String(gateway));
    gateway += 5_000;
    expect(clock.now()).toBe(gateway);
    expect(clock.toGatewayTime(gateway + off - 2_000)).toBe(gateway - 2_000);
  });

  it("is the browser's until an answer states a time", () => {
    const clock = createGatewayClock(() => 5_000);
    for (const time of [null, '', 'Tue, 01 Dec 2026 10:00:00 GMT', '-1']) clock.recordAnswer(time);
    expect(clock.now()).toBe(5_000);
  });

  it("is the only clock of the dashboard's pages", () => {
    const files = globSync('**/*.{ts,tsx}', { cwd: root, exclude: (file) => /\.(?:test|fixture)\.tsx?$/.test(String(file)) });
    expect(files.length).toBeGreaterThan(200);
    const readsBrowserClock = (file: string) => /\bDate\.now\b|new Date\(\)/.test(readFileSync(join(root, file), 'utf8'));
    expect(files.filter(readsBrowserClock)).toEqual(['data/gateway-clock.ts']);
  });
});
