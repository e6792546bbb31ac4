import { join } from 'node:path';
import { BackupError } from '../model/errors';
import type { MetadataKind } from '../model/kinds';
import type { Label } from '../model/label';
import type { Part } from '../model/source';
import type { ChosenSet } from '../model/task';
import { unpackArchive } from '../sets/archive';
import { namesOf } from '../sets/layout';
import { readMetadataManifest } from '../sets/manifest';
import { checkIsChosen } from './chosen-set';
import { type RunRef, underControl } from './control';
import { dropGarbage } from './drop-garbage';
import type { Plugins } from './plugins';

/** One set of a restoration run, and everything that its steps need to know. */
export interface RestoreStep {
  readonly cluster: string;
  readonly run: RunRef | undefined;
  readonly label: Label;
  readonly source: MetadataKind;
  readonly part: string;
  readonly set: ChosenSet;
  readonly productVersion: string;
  readonly anyVersion: boolean;
}

export type RestoreActivities = ReturnType<typeof createRestoreActivities>;

/** The steps of one set of a restoration, on the host that it is put live on. Each may be repeated. */
export function createRestoreActivities(plugins: Plugins) {
  return {
    /** Fetches the set into the spool; every byte is compared with the manifest before anything is touched. */
    async fetchSet(step: RestoreStep): Promise<{ bytes: number; files: number }> {
      return await underControl({ ...told(step), phase: 'fetching' }, step.run, async (control) => {
        const opened = plugins.openTarget(step.cluster, step.set.target);
        await using target = opened.target;
        const manifest = await readMetadataManifest(target, step.set.name);
        checkIsChosen(step, manifest);
        await unpackArchive(
          await target.get(namesOf(step.set.name).archive),
          manifest,
          await filesOf(plugins, step),
          control,
        );
        dropGarbage(manifest.archive.bytes);
        return { bytes: manifest.archive.bytes, files: manifest.files.length };
      });
    },

    async checkLoad(step: RestoreStep): Promise<void> {
      await underControl({ ...told(step), phase: 'checking' }, step.run, async () => {
        const { source, part } = open(plugins, step);
        await source.check(part.spec, 'restore');
      });
    },

    async loadSet(step: RestoreStep): Promise<void> {
      await underControl({ ...told(step), phase: 'loading' }, step.run, async (control) => {
        const { source, part } = open(plugins, step);
        await source.check(part.spec, 'restore');
        await source.load(part.spec, await filesOf(plugins, step), step.label, control);
      });
    },

    async revertLoad(step: RestoreStep): Promise<void> {
      await underControl({ ...told(step), phase: 'reverting' }, step.run, async () => {
        const { source, part } = open(plugins, step);
        await source.revert(part.spec, step.label);
      });
    },

    async forgetBefore(step: RestoreStep): Promise<void> {
      const { source, part } = open(plugins, step);
      await underControl(undefined, undefined, () => source.forget(part.spec, step.label));
    },

    async releaseRestore(step: RestoreStep): Promise<void> {
      await underControl(undefined, undefined, () => plugins.spool.remove(spoolKey(step)));
    },
  };
}

function told({ source, part }: RestoreStep) {
  return { source, part };
}

function spoolKey({ cluster, label, source, part }: RestoreStep) {
  return { cluster, label, source, part };
}

async function filesOf(plugins: Plugins, step: RestoreStep): Promise<string> {
  return join(await plugins.spool.folderFor(spoolKey(step)), 'files');
}

function open(plugins: Plugins, step: RestoreStep) {
  const opened = plugins.openSource(step.cluster, step.source);
  const part = opened.parts().find((one): one is Part<unknown> => one.part === step.part);
  if (part !== undefined) return { source: opened.source, part };
  throw new BackupError('precondition', `cluster ${step.cluster} has no ${step.source} "${step.part}"`, {
    hint: "name it under services in the workers' cairn.yaml",
  });
}
