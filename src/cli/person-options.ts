import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { ExportRequest } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { prompt } from './prompt.ts';
import { currentTerminal } from './terminal.ts';

const keys = ['email', 'phone', 'anonymousId', 'externalId', 'eventId', 'orderId'] as const;

/** The options that identify one person. Exactly one is set. */
export type KeyOptions = { readonly [K in (typeof keys)[number]]?: string };

export function addPersonOptions(command: Command): Command {
  return command
    .option(
      '--email <address>',
      'the e-mail address, or its SHA-256. For each of these options, `-` prompts for the value or reads it from a pipe',
    )
    .option('--phone <number>', 'the phone number, or its SHA-256')
    .option('--anonymous-id <id>', 'the visitor id; covers all people who used that browser')
    .option('--external-id <id>', "the shop's customer id, or its SHA-256")
    .option('--event-id <id>', 'the id of an event of the person')
    .option('--order-id <id>', 'the id of an order of the person');
}

/** Returns the key that is set; reads the value if it is `-`. @throws ConveyError unless exactly one key is set. */
export async function readPersonOption(options: KeyOptions): Promise<ExportRequest> {
  const present = keys.filter((key) => options[key] !== undefined);
  const [key, ...others] = present;
  if (key === undefined || others.length > 0) {
    throw new ConveyError(
      key === undefined ? 'No key of the person is set' : 'More than one key of the person is set',
      'Use one of --email, --phone, --anonymous-id, --external-id, --event-id and --order-id. Run the command once per key',
    );
  }
  return { [key]: options[key] === '-' ? await readValue(key) : options[key] };
}

async function readValue(key: (typeof keys)[number]): Promise<string> {
  const { stdin, stderr } = currentTerminal();
  const value = stdin.isTTY ? await prompt(`${key}: `, stdin, stderr) : await text(stdin);
  return value?.trim() ?? '';
}
