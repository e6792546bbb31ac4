/** What a person does with cairn, here through its client library; each with the command that does the same by hand. */
import { readFile } from 'node:fs/promises';
import { type CreateOptions, openCairn, type RunResult } from '../client';
import { parseYaml } from '../model/input';
import { resolveTasks, taskFileSchema } from '../model/task-file';
import { bytesText, labelText } from '../model/text';
import { cluster, task } from './configuration';
import type { Say } from './steps';

export interface MadeSet {
  readonly name: string;
  readonly bytes: number;
  readonly files: number;
}

/** What a run has left: a set of each source, all with its label. */
export interface MadeSets {
  readonly label: string;
  readonly seconds: number;
  readonly directory: MadeSet;
  readonly metadata: MadeSet;
}

export interface Operator {
  apply(tasksYaml: string, say: Say): Promise<void>;
  /** Runs the task. */
  backUp(say: Say): Promise<MadeSets>;
  /** Reads every byte of the newest run's sets; an Error when one of them cannot be relied on. */
  verifyLatest(say: Say): Promise<void>;
  /** Restores the metadata of the NameNode from the newest run. */
  restoreMetadata(say: Say): Promise<void>;
  /** Restores a directory, by a restoration task of this name. */
  restoreDirectory(restoration: string, set: MadeSet, say: Say): Promise<void>;
  close(): Promise<void>;
}

const latest = `${task}@latest`;

export async function openOperator(address: string): Promise<Operator> {
  const cairn = await openCairn({ address });

  async function restore(name: string, options: string, choice: CreateOptions, say: Say): Promise<void> {
    say(`$ cairn restoration create ${name} ${options}`);
    const { replaces } = await cairn.restorations.create(name, { cluster, ...choice });
    for (const line of replaces.flatMap((text) => text.split('; '))) say(`  ${line}`);
    say(`$ cairn restoration start ${name} --yes --wait`);
    successful(await cairn.waitFor(await cairn.restorations.start(name, { cluster })));
  }

  return {
    async apply(tasksYaml, say) {
      say(`$ cairn apply -f ${tasksYaml}`);
      await cairn.apply(resolveTasks(parseYaml(taskFileSchema, await readFile(tasksYaml, 'utf8'), tasksYaml)).tasks);
    },
    async backUp(say) {
      say(`$ cairn task start ${task} --wait`);
      return told(successful(await cairn.waitFor(await cairn.start(task, { cluster }))), say);
    },
    async verifyLatest(say) {
      say(`$ cairn sets verify --run ${latest} --level content`);
      const found = await cairn.verify({ cluster, run: latest, level: 'content' });
      const wrong = found.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`));
      if (wrong.length > 0) throw new Error(`not every set is sound: ${wrong.join('; ')}`);
      for (const { name, bytesRead } of found) say(`sound: ${name}, ${bytesText(bytesRead)} read`);
    },
    async restoreMetadata(say) {
      const choice = { run: latest, sources: ['nameNode'] };
      await restore('after-the-loss', `--run ${latest} --source nameNode`, choice, say);
    },
    restoreDirectory: (name, set, say) => restore(name, `--set ${set.name}`, { names: [set.name] }, say),
    close: () => cairn.close(),
  };
}

function told(run: RunResult, say: Say): MadeSets {
  const [directory, metadata] = [setOf(run, 'hdfs'), setOf(run, 'nameNode')];
  say(`run of ${labelText(run.label)}:`);
  say(`  set ${directory.name}, ${bytesText(directory.bytes)} in ${directory.files} files`);
  say(`  set ${metadata.name}, ${bytesText(metadata.bytes)}`);
  return { label: run.label, seconds: (run.end - run.begin) / 1000, directory, metadata };
}

function setOf({ parts, task: name }: RunResult, source: 'hdfs' | 'nameNode'): MadeSet {
  const part = parts.find((one) => one.source === source);
  if (part?.set === undefined) throw new Error(`the run of ${name} has left no set of ${source}`);
  return { name: part.set, bytes: part.bytes, files: part.files };
}

/** The record of a run; an Error when it was not successful. */
function successful(run: RunResult): RunResult {
  const { outcome, reason, parts, task: name } = run;
  if (outcome === 'Successful') return run;
  const why = [reason, ...parts.map((part) => part.reason)].find((one) => one !== undefined);
  throw new Error(`the run of ${name} is ${outcome}: ${why ?? 'no reason was given'}`);
}
