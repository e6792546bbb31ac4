import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { BackupError } from '../model/errors';
import { cairnVersion } from './cairn-version';
import type { Control } from '../model/control';
import type { MetadataManifest } from '../model/manifest';
import { setsToPrune } from '../model/retention';
import type { PartResult } from '../model/run';
import type { Dumped, Part } from '../model/source';
import type { BackupTarget } from '../model/target';
import { packArchive, type Packed } from '../sets/archive';
import { differenceIn } from '../sets/digests';
import { folderOf, setNames, setOfArchive, type SetNames } from '../sets/layout';
import { commitManifest, readMetadataManifest } from '../sets/manifest';
import { listSetsOfPart, type SetOfPart, previousDigest } from '../sets/set-names';
import { underControl } from './control';
import { notesOfSizes } from './default-sizes';
import { dropGarbage } from './drop-garbage';
import { refuseForeignFolder, refuseForeignOwner } from './foreign-sets';
import type { BackUpStep } from './plan';
import type { OpenedTarget, Plugins } from './plugins';
import { spoolFolder, type SpoolFolder } from './spool-folder';

export type BackUpActivities = ReturnType<typeof createBackUpActivities>;

/** The steps of one set of a backup run, on the host that holds its spool. Each may be repeated; none goes on from memory. */
export function createBackUpActivities(plugins: Plugins) {
  return {
    /** Dumps the source into the spool. When the set of this run stands already, that is the answer and nothing is done. */
    async dumpSource(step: BackUpStep): Promise<Committed | undefined> {
      return await underControl({ ...told(step), phase: 'dumping' }, step.run, async (control) => {
        const standing = await findCommitted(plugins, step);
        if (standing === undefined)
          await withTarget(plugins, step, (opened, names) => refuseForeign(opened, names, step));
        if (standing === undefined) await dumpInto(await spoolFolder(plugins, spoolKey(step)), plugins, step, control);
        return standing;
      });
    },

    async archiveDump(step: BackUpStep): Promise<void> {
      await underControl({ ...told(step), phase: 'archiving' }, step.run, async (control) => {
        const spool = await spoolFolder(plugins, spoolKey(step));
        const packed = await packArchive(spool.at('files'), spool.at(archiveFile), control);
        await spool.write('archive', { ...packed, end: new Date().toISOString() } satisfies ArchiveNote);
        await rm(spool.at('files'), { recursive: true, force: true });
      });
    },

    /** Uploads the archive and reads every byte of it back; what differs never gets a manifest. */
    async storeArchive(step: BackUpStep): Promise<void> {
      await underControl({ ...told(step), phase: 'uploading' }, step.run, async (control) => {
        const spool = await spoolFolder(plugins, spoolKey(step));
        const { archive } = await spool.read<ArchiveNote>('archive');
        await withTarget(plugins, step, async (opened, names) => {
          // Another cluster may have begun in the same folder at the same time, and be done by now.
          await refuseForeign(opened, names, step);
          await storeAndCompare(opened.target, names.archive, spool.at(archiveFile), archive, control);
        });
      });
    },

    /** Makes the set; answers it, and the names of those beyond the copies that are kept, oldest first. */
    async commitSet(step: BackUpStep): Promise<Committed> {
      return await underControl({ ...told(step), phase: 'committing' }, step.run, async () => {
        const spool = await spoolFolder(plugins, spoolKey(step));
        const packed = await spool.read<ArchiveNote>('archive');
        const note = await spool.read<DumpNote>('dump');
        return await withTarget(plugins, step, async (opened, names) => {
          const { target } = opened;
          await refuseForeign(opened, names, step);
          const earlier = await listSetsOfPart(target, names.name);
          const previous = await previousDigest(target, names.name, earlier);
          const manifest = manifestOf(step, names, packed, note, plugins.facts(step.cluster).version, previous);
          // Where nothing can be locked there is no set: one that is not locked would stand for one that is.
          await target.lock?.([names.archive]);
          await commitManifest(target, manifest);
          await lockSet(target, names);
          const stored = await target.stat(names.manifest);
          const surplus = surplusOf(step, names, earlier);
          const made = { name: names.name, archiveBytes: manifest.archive.bytes, surplus };
          const notes = [...(note.dumped.notes ?? []), ...(await notesOfSizes(plugins, step, target, made))];
          return { result: { ...partResult(plugins, step, manifest, stored?.bytes ?? 0), notes }, surplus };
        });
      });
    },

    /** Drops the spool, and what was uploaded when no manifest made a set of it. Safe to repeat. */
    async releaseBackUp(step: BackUpStep): Promise<void> {
      await underControl(undefined, undefined, async () => {
        await plugins.spool.remove(spoolKey(step));
        await withTarget(plugins, step, async ({ target }, names) => {
          if ((await target.stat(names.manifest)) === undefined) await target.remove(names.archive);
          await target.clean?.(folderOf(names.name));
        });
      });
    },
  };
}

export interface Committed {
  readonly result: PartResult;
  readonly surplus: readonly string[];
}

/** The set of an attempt that was cut off once it stood: all that comes after is done again. */
async function findCommitted(plugins: Plugins, step: BackUpStep): Promise<Committed | undefined> {
  return await withTarget(plugins, step, async ({ target }, names) => {
    const standing = await target.stat(names.manifest);
    if (standing === undefined) return undefined;
    const manifest = await readMetadataManifest(target, names.name);
    refuseForeignOwner(names.name, manifest.cluster.id, step.cluster);
    await lockSet(target, names);
    const surplus = surplusOf(step, names, await listSetsOfPart(target, names.name));
    return { result: partResult(plugins, step, manifest, standing.bytes), surplus };
  });
}

/** The manifest first: as long as it stands, the archive is not removed either. */
async function lockSet(target: BackupTarget, { manifest, archive }: SetNames): Promise<void> {
  await target.lock?.([manifest, archive]);
}

/**
 * Names of the sets beyond the copies that are kept, oldest first, now that this one stands. It is not among them itself,
 * though a clock that was ahead may have given others later labels.
 */
function surplusOf({ label, copies }: BackUpStep, { name }: SetNames, found: readonly SetOfPart[]): string[] {
  const all = [...found.filter((one) => one.name !== name), { name, label }];
  return setsToPrune(all, copies, new Set([name]));
}

/** The archive in the spool. */
const archiveFile = 'archive.tar.gz';

/** Below a folder of its own, a cluster meets no other. */
async function refuseForeign({ target, root }: OpenedTarget, { name }: SetNames, step: BackUpStep): Promise<void> {
  if (root === '') await refuseForeignFolder(target, name, step.cluster);
}

async function dumpInto(spool: SpoolFolder, plugins: Plugins, step: BackUpStep, control: Control): Promise<void> {
  const opened = plugins.openSource(step.cluster, step.source);
  const part = partOf(opened.parts(step.entry), step);
  const begin = new Date().toISOString();
  await opened.source.check(part.spec, 'backUp');
  const dumped = await opened.source.dump(part.spec, await spool.fresh('files'), control);
  await spool.write('dump', { begin, dumped } satisfies DumpNote);
}

/** The end is written down once: a commit that is repeated makes the same manifest. */
interface ArchiveNote extends Packed {
  readonly end: string;
}

interface DumpNote {
  readonly begin: string;
  readonly dumped: Dumped;
}

function told({ source, part }: BackUpStep) {
  return { source, part };
}

function spoolKey({ cluster, label, source, part }: BackUpStep) {
  return { cluster, label, source, part };
}

function partOf(parts: readonly Part<unknown>[], step: BackUpStep): Part<unknown> {
  const part = parts.find((one) => one.part === step.part);
  if (part !== undefined) return part;
  throw new BackupError('invalid', `cluster ${step.cluster} has no ${step.source} "${step.part}" any more`);
}

async function withTarget<T>(
  plugins: Plugins,
  step: BackUpStep,
  work: (opened: OpenedTarget, names: SetNames) => Promise<T>,
): Promise<T> {
  const opened = plugins.openTarget(step.cluster, step.target);
  await using _closing = opened.target;
  const { task, creation, label, writtenAs } = step;
  const version = plugins.facts(step.cluster).version;
  return await work(opened, setNames({ root: opened.root, task, creation, version, writtenAs, label }));
}

/**
 * What an attempt that was cut off left on a target is gone on from. It may be other than was sent (a host lost its power, a
 * server its cache): then all is sent once more.
 */
async function storeAndCompare(
  target: BackupTarget,
  name: string,
  file: string,
  archive: Packed['archive'],
  control: Control,
): Promise<void> {
  const open = async (from: number) => createReadStream(file, { start: from, highWaterMark: 1024 * 1024 });
  dropGarbage(archive.bytes);
  await target.put(name, { id: archive.sha256, bytes: archive.bytes, open }, control);
  if ((await wrongIn(target, name, archive, control)) === undefined) return;
  await target.remove(name);
  await target.put(name, { bytes: archive.bytes, open }, control);
  const wrong = await wrongIn(target, name, archive, control);
  if (wrong === undefined) return;
  await target.remove(name);
  throw new BackupError('corrupt', `${name} was read back with other bytes than were written: ${wrong}`, {
    hint: 'check the disk or the server behind the target; the set was not made',
  });
}

/** How what lies on the target now, read back whole, differs from what was written. */
async function wrongIn(
  target: BackupTarget,
  name: string,
  written: Packed['archive'],
  { signal }: Control,
): Promise<string | undefined> {
  dropGarbage(written.bytes);
  const wrong = await differenceIn(addAbortSignal(signal, await target.get(name)), written);
  dropGarbage(written.bytes);
  return wrong;
}

function manifestOf(
  step: BackUpStep,
  names: SetNames,
  packed: ArchiveNote,
  note: DumpNote,
  product: string,
  previous: string | null,
): MetadataManifest {
  const { componentVersion, facts } = note.dumped;
  return {
    format: 1,
    family: 'metadata',
    label: step.label,
    buildsOn: null,
    task: { name: step.task, creation: step.creation },
    cluster: { id: step.cluster },
    source: step.source,
    part: step.part,
    facts,
    versions: {
      product,
      ...(componentVersion === undefined ? {} : { component: componentVersion }),
      cairn: cairnVersion,
    },
    begin: note.begin,
    end: packed.end,
    archive: { name: names.archive, ...packed.archive },
    files: packed.files,
    verified: 'readBack',
    previous,
  };
}

function partResult(
  { host }: Plugins,
  step: BackUpStep,
  manifest: MetadataManifest,
  manifestBytes: number,
): PartResult {
  return {
    source: step.source,
    part: step.part,
    outcome: 'Successful',
    target: step.target,
    set: setOfArchive(manifest.archive.name)!,
    bytes: manifest.archive.bytes + manifestBytes,
    files: manifest.files.length,
    ...(step.target.kind === 'localDir' && { host }),
  };
}
