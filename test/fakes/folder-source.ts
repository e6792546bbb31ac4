import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../../model/errors';
import type { MetadataSource, MetadataTraits, Part } from '../../model/source';

/** What a test may tell a folder source to do; read at each step, so it can be changed while a run goes on. */
export interface Script {
  /** How long a dump and a load take, in milliseconds. */
  dumpMs?: number;
  loadMs?: number;
  /** Thrown by the next steps of this name, as often as there are errors. */
  errors?: { dump?: Error[]; load?: Error[]; revert?: Error[]; forget?: Error[]; check?: Error[] };
  /** Counts calls, and the most dumps that went on at once. */
  calls?: { dump: number; load: number; revert: number; mostAtOnce: number };
}

const traits: MetadataTraits = { stoppedForRestore: false, exclusiveRestore: true, needsFreeDisk: false };

/** A metadata source whose data is a folder: for tests of runs and queues, where the source itself is not the matter. */
export function openFolderSource(folder: string, script: Script = {}): MetadataSource<string> {
  let going = 0;
  const kept = (label: string) => `${folder}.kept-${label}`;
  const fail = (step: keyof NonNullable<Script['errors']>) => {
    const error = script.errors?.[step]?.shift();
    if (error !== undefined) throw error;
  };
  return {
    traits,
    async check() {
      fail('check');
    },
    async dump(_spec, into, control) {
      going += 1;
      if (script.calls)
        script.calls = {
          ...script.calls,
          dump: script.calls.dump + 1,
          mostAtOnce: Math.max(script.calls.mostAtOnce, going),
        };
      try {
        fail('dump');
        await pause(script.dumpMs ?? 0, control.signal);
        await cp(folder, into, { recursive: true });
        control.report({ bytes: 100, totalBytes: 100, files: 1 });
        return { componentVersion: 'folder 1', facts: { files: (await readdir(into)).length } };
      } finally {
        going -= 1;
      }
    },
    async load(_spec, from, label, control) {
      if (script.calls) script.calls = { ...script.calls, load: script.calls.load + 1 };
      if (!(await exists(kept(label)))) await rename(folder, kept(label));
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      await pause(script.loadMs ?? 0, control.signal);
      fail('load');
      await cp(from, folder, { recursive: true });
    },
    async revert(_spec, label) {
      if (script.calls) script.calls = { ...script.calls, revert: script.calls.revert + 1 };
      fail('revert');
      if (!(await exists(kept(label)))) return;
      await rm(folder, { recursive: true, force: true });
      await rename(kept(label), folder);
    },
    async forget() {
      fail('forget');
    },
  };
}

export function folderPart(): Part<string> {
  return { part: 'hacluster', writtenAs: 'NameNode', spec: '', dumpHosts: [], loadHosts: [] };
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds === 0) return;
  await sleep(milliseconds, undefined, { signal }).catch((cause: unknown) => {
    throw new BackupError('cancelled', 'stopped in the middle', {}, { cause });
  });
}
