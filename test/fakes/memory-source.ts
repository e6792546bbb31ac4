import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '../../model/control';
import { BackupError } from '../../model/errors';
import type { MetadataSource } from '../../model/source';

/** A service that holds one text; kept outside the source, which keeps nothing itself. */
export interface MemoryService {
  text: string;
  isRunning: boolean;
  /** The text before a restoration, by label. */
  readonly kept: Map<string, string>;
}

export type Step = 'check' | 'dump' | 'load' | 'revert' | 'forget';

/** What goes wrong, until it is taken away: thrown at the begin of a step, or in its middle, when half is done. */
export type Mishaps = { [step in Step]?: { readonly error: Error; readonly at: 'begin' | 'middle' } };

export function createMemoryService(text = 'first'): MemoryService {
  return { text, isRunning: true, kept: new Map() };
}

/** A metadata source without a server, that fails on command. */
export function openMemorySource(service: MemoryService, mishaps: Mishaps = {}): MetadataSource<undefined> {
  const pass = (step: Step, at: 'begin' | 'middle', control?: Control) => {
    if (control?.signal.aborted) throw new BackupError('cancelled', `stopped in ${step}`);
    const mishap = mishaps[step];
    if (mishap?.at === at) throw mishap.error;
  };
  return {
    traits: { stoppedForRestore: true, exclusiveRestore: false, needsFreeDisk: false },
    async check(_spec, purpose) {
      pass('check', 'begin');
      const isReady = service.isRunning === (purpose === 'backUp');
      if (!isReady) throw new BackupError('precondition', `the service ${service.isRunning ? 'runs' : 'does not run'}`);
    },
    async dump(_spec, into, control) {
      pass('dump', 'begin', control);
      for (const name of await readdir(into)) await rm(join(into, name));
      await writeFile(join(into, 'text'), service.text);
      control.report({ bytes: service.text.length, files: 1 });
      pass('dump', 'middle', control);
      await writeFile(join(into, 'digest'), digestOf(service.text));
      return { componentVersion: 'memory 1', facts: { characters: service.text.length } };
    },
    async load(_spec, from, label, control) {
      pass('load', 'begin', control);
      const text = await textIn(from);
      if (!service.kept.has(label)) service.kept.set(label, service.text);
      control.report({ files: 1 });
      pass('load', 'middle', control);
      service.text = text;
    },
    async revert(_spec, label) {
      pass('revert', 'begin');
      service.text = service.kept.get(label) ?? service.text;
      pass('revert', 'middle');
      service.kept.delete(label);
    },
    async forget(_spec, label) {
      pass('forget', 'begin');
      for (const other of [...service.kept.keys()]) if (other !== label) service.kept.delete(other);
    },
  };
}

async function textIn(from: string): Promise<string> {
  const read = async (name: string) => readFile(join(from, name), 'utf8').catch(() => '');
  const [text, digest] = [await read('text'), await read('digest')];
  if (digestOf(text) !== digest) throw new BackupError('corrupt', 'the text is not what its digest says');
  return text;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
