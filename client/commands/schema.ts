import { Argument, type Command } from 'commander';
import { jsonSchemaOf, writtenFiles } from '../../model/json-schema';
import type { Desk, Runner } from './session';

export function addSchemaCommand(program: Command, run: Runner): void {
  program
    .command('schema')
    .description('print the JSON Schema of a file that people write, for editors')
    .addArgument(new Argument('[file]', 'which file').choices(Object.keys(writtenFiles)).default('tasks'))
    .action(run.offline(print));
}

async function print({ io }: Desk, file: keyof typeof writtenFiles): Promise<void> {
  io.stdout.write(`${JSON.stringify(jsonSchemaOf(file), null, 2)}\n`);
  await Promise.resolve();
}
