/** `npm start`, once everything is installed and built (start.mjs). */
import { messageOf } from '../model/errors';
import { installRuntime } from '../workers/log';
import { createClosers } from './closers';
import { listenForInterruption } from './interruption';
import { openScratch, removeServersData, type Scratch } from './scratch';
import { createSteps } from './steps';
import { tellStory } from './story';
import { failure, goneText, nowByHand, summary, usage } from './texts';

const print = (text: string) => void process.stdout.write(`${text}\n`);

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => !['--keep', '--help'].includes(arg));
  if (unknown.length > 0) print(`there is no ${unknown.join(' ')} here\n`);
  if (unknown.length > 0 || args.includes('--help')) return (print(usage), unknown.length > 0 ? 2 : 0);
  // Who starts the servers is HDFS's superuser: with this it has the same name here as everywhere else.
  process.env['HADOOP_USER_NAME'] = 'hdfs';
  installRuntime();
  return await quickStart(await openScratch(), args.includes('--keep'));
}

/** Returns the exit code. Whatever happens, nothing is left running. */
async function quickStart(scratch: Scratch, keep: boolean): Promise<number> {
  const closers = createClosers();
  const interrupted = listenForInterruption();
  const steps = createSteps(print, interrupted.signal);
  try {
    const told = await Promise.race([tellStory(steps, scratch, closers), interrupted.rejection]);
    print(summary(told, scratch, steps.seconds()));
    if (told.wrong.length > 0) return 1;
    if (keep) await stayUntilInterrupted(nowByHand(told), interrupted.rejection);
    await closers.closeAll();
    await removeServersData(scratch);
    print(goneText);
    return 0;
  } catch (error) {
    if (!interrupted.signal.aborted) print(failure(error, scratch));
    else print(`\n${messageOf(error)}: stopping everything …`);
    return interrupted.signal.aborted ? 130 : 1;
  } finally {
    await closers.closeAll();
  }
}

async function stayUntilInterrupted(text: string, interrupted: Promise<never>): Promise<void> {
  print(text);
  await interrupted.catch(() => print('\nstopping everything …'));
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    print(messageOf(error));
    process.exit(1);
  },
);
