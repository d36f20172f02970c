import { Argument, Command } from 'commander';
import { formatBash } from './completion/bash.ts';
import { type CompletionPlace, listPlaces } from './completion/completion-places.ts';
import { formatFish } from './completion/fish.ts';
import { formatZsh } from './completion/zsh.ts';
import { currentTerminal } from './terminal.ts';

const formats = { bash: formatBash, zsh: formatZsh, fish: formatFish } as const satisfies Record<
  string,
  (places: readonly CompletionPlace[]) => string
>;

const install = `
Install it once:
  bash  echo 'source <(convey completion bash)' >> ~/.bashrc
  zsh   echo 'source <(convey completion zsh)' >> ~/.zshrc, below compinit
  fish  convey completion fish > ~/.config/fish/completions/convey.fish`;

/** Prints the completion script of a shell. @param loadProgram returns the program with all commands. */
export function completion(loadProgram: () => Promise<Command>): Command {
  return new Command('completion')
    .description("Print a shell's script that completes commands and options. The help shows how to install it.")
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(formats)))
    .addHelpText('after', install)
    .action(async (shell: keyof typeof formats) => {
      currentTerminal().stdout.write(formats[shell](listPlaces(await loadProgram())));
    });
}
