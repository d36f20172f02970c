import { runCli } from './run-cli.ts';
import { getProcessTerminal } from './terminal.ts';

process.exitCode = await runCli(process.argv.slice(2), getProcessTerminal());
