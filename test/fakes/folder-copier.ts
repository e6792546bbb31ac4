import { cp, mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Copier, CopyTree } from '../../model/copier';
import { BackupError } from '../../model/errors';
import { folderOf } from './folder-tree';

/** What a test may tell a folder copier to do; read at each step, so it can be changed while a run goes on. */
export interface CopierScript {
  /** How long a part takes, in milliseconds. */
  copyMs?: number;
  /** Thrown by the next steps of this name, as often as there are errors. */
  errors?: { plan?: Error[]; copyPart?: Error[]; clear?: Error[] };
  /** Counts calls, and the most parts that were copied at once. */
  calls?: { plan: number; copyPart: number; clear: number; mostAtOnce: number };
  /** Done to a tree after it was copied: what a bad copier would make of it. */
  spoil?: (tree: CopyTree) => Promise<void>;
}

/** Copies local folders, a part for each tree: for tests of runs, where the copying itself is not the matter. */
export function openFolderCopier(script: CopierScript = {}): Copier {
  let going = 0;
  const begin = (step: 'plan' | 'copyPart' | 'clear') => {
    if (script.calls) script.calls[step] += 1;
    const error = script.errors?.[step]?.shift();
    if (error !== undefined) throw error;
  };
  return {
    accepts: ({ from, to }) => [from, to].every(({ uri }) => uri.startsWith('file://')),
    async plan(copy) {
      begin('plan');
      return { parts: copy.trees.length };
    },
    async copyPart(copy, part, control) {
      begin('copyPart');
      going += 1;
      if (script.calls) script.calls.mostAtOnce = Math.max(script.calls.mostAtOnce, going);
      try {
        await pause(script.copyMs ?? 0, control.signal);
        const tree = copy.trees[part]!;
        await copyFolder(tree);
        await script.spoil?.(tree);
        control.report({ files: 1 });
        return { job: `folder_${copy.id}_${part}` };
      } finally {
        going -= 1;
      }
    },
    async clear() {
      begin('clear');
    },
  };
}

/** After it, `to` is as `from` is; what `from` does not have is gone. */
export async function copyFolder({ from, to }: CopyTree): Promise<void> {
  await rm(folderOf(to), { recursive: true, force: true });
  await mkdir(folderOf(to), { recursive: true });
  await cp(folderOf(from), folderOf(to), { recursive: true, preserveTimestamps: true });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new BackupError('cancelled', 'stopped before the copy');
  if (milliseconds === 0) return;
  await sleep(milliseconds, undefined, { signal }).catch((cause: unknown) => {
    throw new BackupError('cancelled', 'stopped in the middle', {}, { cause });
  });
}
