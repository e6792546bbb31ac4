import { createCipheriv } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { noControl } from '../../model/control';
import type { Digests, MetadataManifest } from '../../model/manifest';
import { clusterOfLocalFolder } from '../../model/names';
import { packArchive, type Packed } from '../../sets/archive';
import { createDigester } from '../../sets/digests';
import { setNames, type SetParts } from '../../sets/layout';
import { commitManifest } from '../../sets/manifest';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { temporaryFolder } from '../targets/folders';

export const parts: SetParts = {
  root: '',
  task: 'nightly_1',
  creation: '20240101000000',
  version: '3.3.0-LTS.1',
  writtenAs: 'NameNode-ns2',
  label: '20240301120000',
};

export type Files = { readonly [path: string]: string | Buffer };

export const someFiles: Files = {
  fsimage_0000000000000000042: noise(150_000),
  'fsimage_0000000000000000042.md5': 'd41d8cd98f00b204e9800998ecf8427e *fsimage_0000000000000000042\n',
  VERSION: 'namespaceID=42\n'.repeat(500),
  'conf/empty': '',
};

/** Bytes that do not compress, always the same ones for a size. */
export function noise(bytes: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

export async function fill(folder: string, files: Files): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

/** Packs the files; `path` is the archive. */
export async function pack(files: Files): Promise<Packed & { readonly path: string }> {
  const path = join(temporaryFolder(), 'archive.tar.gz');
  const packed = await packArchive(await fill(temporaryFolder(), files), path, noControl());
  return { ...packed, path };
}

export function manifestOf(packed: Pick<Packed, 'archive' | 'files'>, of: Partial<SetParts> = {}): MetadataManifest {
  const set = { ...parts, ...of };
  return {
    format: 1,
    family: 'metadata',
    label: set.label,
    buildsOn: null,
    task: { name: set.task, creation: set.creation },
    cluster: { id: set.root === '' ? '1' : clusterOfLocalFolder(set.root) },
    source: 'nameNode',
    part: set.writtenAs.split('-')[1] ?? '',
    facts: { lastTxId: 42, clusterId: 'CID-ü' },
    versions: { product: set.version, component: '3.3.6', cairn: '0.1.0' },
    begin: '2024-03-01T12:00:00.000Z',
    end: '2024-03-01T12:00:09.000Z',
    archive: { name: setNames(set).archive, ...packed.archive },
    files: packed.files,
    verified: 'readBack',
    previous: null,
  };
}

/** A manifest that no archive was packed for, for tests that never open one. */
export function anyManifest(of: Partial<SetParts> = {}): MetadataManifest {
  const digests = { bytes: 3, crc32c: '01234567', sha256: 'a'.repeat(64) };
  return manifestOf({ archive: digests, files: [{ path: 'image', ...digests }] }, of);
}

/** A memory target that holds one committed set, and the objects behind it. */
export async function targetWithSet(files: Files = someFiles, of: Partial<SetParts> = {}) {
  const objects: Objects = new Map();
  const target = createMemoryTarget(objects);
  const packed = await pack(files);
  const names = setNames({ ...parts, ...of });
  const manifest = manifestOf(packed, of);
  await target.put(names.archive, { open: (start) => Promise.resolve(createReadStream(packed.path, { start })) });
  await commitManifest(target, manifest);
  return { target, objects, names, manifest };
}

/** Commits a set with a tiny archive, for tests that only look at names and manifests. */
export async function addSet(target: ReturnType<typeof createMemoryTarget>, of: Partial<SetParts>): Promise<string> {
  const { name, archive } = setNames({ ...parts, ...of });
  await target.put(archive, { open: () => Promise.resolve(Readable.from([Buffer.from('abc')])) });
  await commitManifest(target, anyManifest(of));
  return name;
}

/** Reads everything and returns its digests, as a manifest has them. */
export async function digestsOf(chunks: AsyncIterable<Uint8Array>): Promise<Digests> {
  const digester = createDigester();
  for await (const chunk of chunks) digester.update(chunk);
  return digester.digests();
}
