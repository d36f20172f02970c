import './configure-zod.ts';
import { endOnSignal } from './end-on-signal.ts';
import { runCli } from './run-cli.ts';
import { getProcessTerminal } from './terminal.ts';

if (process.pid === 1) endOnSignal();
process.exitCode = await runCli(process.argv.slice(2), getProcessTerminal());
