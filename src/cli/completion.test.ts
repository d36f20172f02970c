import { spawnSync } from 'node:child_process';
import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { convey } from '../../test/cli.fixture.ts';
import { formatBash } from './completion/bash.ts';
import { listPlaces } from './completion/completion-places.ts';
import { loadCommands } from './run-cli.ts';

const hasShell = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

/** Lets bash complete the last of these words. */
function completeInBash(script: string, ...words: readonly string[]): readonly string[] {
  const run = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _convey; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', run, 'bash', 'convey', ...words], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

describe('convey completion', () => {
  it.skipIf(!hasShell('bash'))('completes commands, subcommands, options, choices and files in bash', async () => {
    const { code, stdout } = await convey('completion', 'bash');
    expect(code).toBe(0);
    expect(completeInBash(stdout, 'conn')).toEqual(['connections']);
    expect(completeInBash(stdout, 'connections', 'p')).toEqual(['pause', 'probe']);
    expect(completeInBash(stdout, 'connections', 'list', '--j')).toEqual(['--json']);
    expect(completeInBash(stdout, 'events', '--site', 'check', '--fol')).toEqual(['--follow']);
    expect(completeInBash(stdout, 'accounts', 'add', 'jane', '--role', 'e')).toEqual(['editor']);
    expect(completeInBash(stdout, 'events', '--limit', '')).toEqual([]);
    expect(completeInBash(stdout, 'start', '-c', 'package.j')).toEqual(['package.json']);
    expect(completeInBash(stdout, 'restore', 'package.j')).toEqual(['package.json']);
    expect(completeInBash(stdout, 'completion', 'z')).toEqual(['zsh']);
  });

  it.skipIf(!hasShell('bash'))('completes a new command without a change', () => {
    const program = new Command('convey').addCommand(
      new Command('invent').description("It's new").addOption(new Option('--how <way>').choices(['fast', 'slow'])),
    );
    const script = formatBash(listPlaces(program));
    expect(completeInBash(script, 'inv')).toEqual(['invent']);
    expect(completeInBash(script, 'invent', '--how', '')).toEqual(['fast', 'slow']);
  });

  for (const [shell, ...options] of [
    ['bash', '-n'],
    ['zsh', '-n'],
    ['fish', '--no-execute'],
  ] as const)
    it(`names every command and option in the script of ${shell}, which ${shell} can read if it is installed`, async () => {
      const { stdout } = await convey('completion', shell);
      for (const command of await loadCommands())
        for (const { long, short, name } of [command, ...command.commands].flatMap((one) => [
          { long: undefined, short: undefined, name: one.name() },
          ...one.options.map((option) => ({ long: option.long, short: option.short, name: option.long?.slice(2) ?? '' })),
        ]))
          expect(stdout, `${long ?? short ?? name}`).toContain(name);
      if (hasShell(shell))
        expect(spawnSync(shell, options, { input: stdout, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    });

  it('explains the installation in its help, and refuses another shell', async () => {
    expect((await convey('completion', '--help')).stdout).toContain('source <(convey completion bash)');
    expect((await convey('completion', 'tcsh')).stderr).toMatch(/^error: The <shell> is not valid\. .*bash, zsh, fish/);
  });
});
