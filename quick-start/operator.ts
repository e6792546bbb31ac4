/** What a person does with cairn, here through its client library; each with the command that does the same by hand. */
import { readFile } from 'node:fs/promises';
import { openCairn, type RunResult, type Verification } from '../client';
import { parseYaml } from '../model/input';
import { resolveTasks, taskFileSchema } from '../model/task-file';
import { cluster, task } from './configuration';
import type { Say } from './steps';

export interface MadeSet {
  readonly name: string;
  /** Of its archive. */
  readonly bytes: number;
}

export interface Operator {
  apply(tasksYaml: string, say: Say): Promise<void>;
  backUp(say: Say): Promise<MadeSet>;
  /** Reads every byte of a set. */
  verify(set: MadeSet, say: Say): Promise<Verification>;
  /** Restores the newest run's set. */
  restoreLatest(say: Say): Promise<void>;
  close(): Promise<void>;
}

const restoration = 'after-the-loss';

export async function openOperator(address: string): Promise<Operator> {
  const cairn = await openCairn({ address });
  return {
    async apply(tasksYaml, say) {
      say(`$ cairn apply -f ${tasksYaml}`);
      await cairn.apply(resolveTasks(parseYaml(taskFileSchema, await readFile(tasksYaml, 'utf8'), tasksYaml)).tasks);
    },
    async backUp(say) {
      say(`$ cairn task start ${task} --wait`);
      const [{ set, bytes }] = successful(await cairn.waitFor(await cairn.start(task, { cluster })));
      return { name: set!, bytes };
    },
    async verify({ name }, say) {
      say(`$ cairn sets verify ${name} --level content`);
      const [found] = await cairn.verify({ cluster, names: [name], level: 'content' });
      return found!;
    },
    async restoreLatest(say) {
      say(`$ cairn restoration create ${restoration} --run ${task}@latest`);
      const { replaces } = await cairn.restorations.create(restoration, { cluster, run: `${task}@latest` });
      for (const line of replaces.flatMap((text) => text.split('; '))) say(`  ${line}`);
      say(`$ cairn restoration start ${restoration} --yes --wait`);
      successful(await cairn.waitFor(await cairn.restorations.start(restoration, { cluster })));
    },
    close: () => cairn.close(),
  };
}

/** The parts of a run, of which there is one here; an Error when it was not successful. */
function successful({ outcome, reason, parts, task: name }: RunResult): [RunResult['parts'][number]] {
  const [part] = parts;
  if (outcome === 'Successful' && part !== undefined) return [part];
  throw new Error(`the run of ${name} is ${outcome}: ${reason ?? part?.reason ?? 'no reason was given'}`);
}
