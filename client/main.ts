import { Command, CommanderError } from 'commander';
import { version } from '../package.json';
import { BackupError } from '../model/errors';
import { addAlarmCommands } from './commands/alarm';
import { addApplyCommand } from './commands/apply';
import { addClusterCommands } from './commands/cluster';
import { addDevCommand } from './commands/dev';
import { addNotificationCommands } from './commands/notification';
import { addScheduleCommands } from './commands/preview';
import { addRestorationCommands } from './commands/restoration';
import { addSchemaCommand } from './commands/schema';
import { createRunner, type Runner } from './commands/session';
import { addSetsCommands } from './commands/sets';
import { addTargetCommands } from './commands/target';
import { addTaskCommands } from './commands/task';
import { addWorkerCommand } from './commands/worker';
import { exitCodeOfError, exitCodes } from './exit-codes';
import { type Io, processIo } from './terminal/io';
import { openOutput } from './terminal/output';

/** `cairn`: does what the arguments say and gives the exit code. Never throws. */
export async function main(args: readonly string[], io: Io = processIo()): Promise<number> {
  let code: number = exitCodes.ok;
  const program = createProgram(
    createRunner(io, (ended) => (code = ended)),
    io,
  );
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (thrown) {
    if (isHelp(thrown)) return exitCodes.ok;
    const error = thrown instanceof CommanderError ? usageError(thrown) : thrown;
    openOutput(io, args.includes('--json')).error(error);
    return exitCodeOfError(error);
  }
}

function createProgram(run: Runner, { stdout }: Io): Command {
  const program = new Command('cairn')
    .description('backs up and restores the clusters that cairn workers serve')
    .version(version)
    .option('--address <host:port>', 'of the Temporal server; default: TEMPORAL_ADDRESS, else 127.0.0.1:7233')
    .option('--namespace <name>', 'of Temporal; default: TEMPORAL_NAMESPACE, else default')
    .option('--cluster <id>', 'which cluster is meant; needed only where there are several')
    .option('--json', 'one JSON document on stdout, errors as JSON on stderr')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: () => undefined })
    .exitOverride();
  addApplyCommand(program, run);
  addTaskCommands(program, run);
  addSetsCommands(program, run);
  addTargetCommands(program, run);
  addRestorationCommands(program, run);
  addScheduleCommands(program, run);
  addAlarmCommands(program, run);
  addNotificationCommands(program, run);
  addClusterCommands(program, run);
  addSchemaCommand(program, run);
  addWorkerCommand(program, run);
  addDevCommand(program, run);
  return program;
}

function isHelp(thrown: unknown): boolean {
  return thrown instanceof CommanderError && thrown.exitCode === 0;
}

function usageError({ code, message }: CommanderError): BackupError {
  const what = code === 'commander.help' ? 'a command is missing' : message.replace(/^error: /, '').replace(/\.$/, '');
  return new BackupError('invalid', what, { hint: '--help lists commands and options' });
}
