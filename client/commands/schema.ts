import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { workerConfigSchema } from '../../model/config';
import { taskFileSchema } from '../../model/task';
import type { Desk, Runner } from './session';

const schemas = {
  tasks: { schema: taskFileSchema, title: 'cairn tasks.yaml' },
  worker: { schema: workerConfigSchema, title: 'cairn.yaml of a cairn worker' },
} as const;

export function addSchemaCommand(program: Command, run: Runner): void {
  program
    .command('schema')
    .description('print the JSON Schema of a file that people write, for editors')
    .addArgument(new Argument('[file]', 'which file').choices(Object.keys(schemas)).default('tasks'))
    .action(run.offline(print));
}

async function print({ io }: Desk, file: keyof typeof schemas): Promise<void> {
  const { schema, title } = schemas[file];
  io.stdout.write(`${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`);
  await Promise.resolve();
}
