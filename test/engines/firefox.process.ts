#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { programs } from './engine.ts';

/**
 * Starts Firefox ESR for the driver, with a relay between both. The driver always sends a command that this Firefox does not have, and that
 * no test needs. The relay answers it, and passes everything else on.
 */

const unknownMethod = 'emulation.setMediaFeaturesOverride';
const commandSchema = z.object({ id: z.number(), method: z.string() });

const announced = /WebDriver BiDi listening on (ws:\/\/\S+)/;

/** Relays one connection of the driver to Firefox. */
function relay(driver: WebSocket, address: string): void {
  const firefox = new WebSocket(address, { perMessageDeflate: false });
  const early: string[] = [];
  const answer = (data: RawData) => {
    const text = data.toString();
    const { id, method } = commandSchema.parse(JSON.parse(text));
    if (method === unknownMethod) driver.send(JSON.stringify({ type: 'success', id, result: {} }));
    else if (firefox.readyState === WebSocket.OPEN) firefox.send(text);
    else early.push(text);
  };
  driver.on('message', answer).on('close', () => firefox.close());
  firefox.on('open', () => {
    for (const text of early) firefox.send(text);
  });
  firefox.on('message', (data: RawData) => driver.send(data.toString()));
  firefox.on('error', () => driver.close()).on('close', () => driver.close());
}

// The driver lets Firefox end when one page crashes.
const { MOZ_CRASHREPORTER_SHUTDOWN: _, ...env } = process.env;
const firefox = spawn(programs.firefox, process.argv.slice(2), { env, stdio: ['ignore', 'inherit', 'pipe'] });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => firefox.kill(signal));
firefox.once('exit', (code) => process.exit(code ?? 1));

for await (const line of createInterface({ input: firefox.stderr })) {
  const [, address] = announced.exec(line) ?? [];
  if (address === undefined) {
    process.stderr.write(`${line}\n`);
    continue;
  }
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (driver, { url = '' }) => relay(driver, address + url));
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  process.stderr.write(`WebDriver BiDi listening on ws://127.0.0.1:${port}\n`);
}
