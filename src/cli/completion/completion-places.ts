import { type Argument, type Command, Help, type Option } from 'commander';

/** One position in a command line: the program, or a command or subcommand that has been typed. */
export interface CompletionPlace {
  /** The typed commands, each after a space: ` connections list`. Empty for the program. */
  readonly path: string;
  readonly commands: readonly CompletionWord[];
  readonly options: readonly CompletionOption[];
  readonly argument?: CompletionValue;
}

export interface CompletionWord {
  readonly name: string;
  readonly summary: string;
}

export interface CompletionOption {
  /** The long and the short form, such as `--config` and `-c`. */
  readonly flags: readonly string[];
  readonly summary: string;
  /** Undefined if the option takes no value. */
  readonly value?: CompletionValue;
}

/** The values of an option or argument: a path, any text, or one of some words. */
export type CompletionValue = 'file' | 'any' | readonly string[];

const help = new Help();

/** Lists the places of a program, itself first. */
export function listPlaces(command: Command, path = ''): readonly CompletionPlace[] {
  const argument = command.registeredArguments.at(0);
  const place = {
    path,
    commands: help.visibleCommands(command).map((one) => ({ name: one.name(), summary: help.subcommandDescription(one) })),
    options: help.visibleOptions(command).map(describeOption),
    ...(argument && { argument: describeValue(argument, argument.name()) }),
  };
  return [place, ...command.commands.flatMap((one) => listPlaces(one, `${path} ${one.name()}`))];
}

function describeOption(option: Option): CompletionOption {
  return {
    flags: [option.long, option.short].filter((flag) => flag !== undefined),
    summary: option.description,
    ...((option.required || option.optional) && { value: describeValue(option, /<(.+)>/.exec(option.flags)?.[1]) }),
  };
}

function describeValue({ argChoices }: Pick<Argument | Option, 'argChoices'>, name: string | undefined): CompletionValue {
  return argChoices ?? (name === 'file' || name === 'path' ? 'file' : 'any');
}
