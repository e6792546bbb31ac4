import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugins } from '../../activities/plugins';
import { factsOf } from '../../model/config';
import type { ManifestTree } from '../../model/manifest';
import type { TargetSnapshots } from '../../model/target';
import type { TreeReader } from '../../model/tree';
import { putDataManifest } from '../../sets/manifest';
import { type DataScript, openFolderDataSource } from '../fakes/folder-data-source';
import type { FakeCluster } from '../kit/stage';
import { anyDataManifest, type DataSetParts, namesFor, type Place, placeWithSnapshots } from '../sets/data-fixture';

/** `c1` with an HDFS that is a folder, and targets in memory; a set is put there by hand, with no run. */
export interface DataGround {
  /** Gives a cluster what it takes. */
  with(cluster: FakeCluster): FakeCluster;
  readonly script: DataScript;
  /** Thrown when a target with this path is opened. */
  readonly lost: Map<string, Error>;
  /** Waited for by whoever reads the trees of sets on a target with this path. */
  readonly held: Map<string, () => Promise<void>>;
  /** Makes a set of two directories, and answers its name. */
  makeSet(path: string, of: Pick<DataSetParts, 'task' | 'creation' | 'label'>): Promise<string>;
  /** Writes a file into the cluster's HDFS. */
  write(path: string, content: string): Promise<void>;
}

export const dataTarget = (path: string) => ({ kind: 'remoteHdfs', nameService: 'haclusterX', path }) as const;

export function createDataGround(): DataGround {
  const places = new Map<string, Place>();
  const placeAt = (path: string) => {
    const place = places.get(path) ?? placeWithSnapshots();
    places.set(path, place);
    return place;
  };
  const [script, lost]: [DataScript, Map<string, Error>] = [{ calls: [] }, new Map()];
  const held: DataGround['held'] = new Map();
  let root = '';
  return {
    script,
    lost,
    held,
    with(cluster) {
      root = join(cluster.data, 'hdfs');
      const openTarget: Plugins['openTarget'] = (id, spec) =>
        spec.kind === 'localDir' ? cluster.plugins.openTarget(id, spec) : { target: openPlace(spec), root: '' };
      const openDataSource: Plugins['openDataSource'] = () => ({
        source: openFolderDataSource(script),
        spec: { root, paths: [] },
      });
      const remoteHdfs = { haclusterX: { nameNodes: ['http://127.0.0.1:1'] } };
      const clusters = cluster.config.clusters.map((one) => ({ ...one, remoteHdfs }));
      const facts = () => factsOf(clusters[0]!, 'test-host');
      const plugins = { ...cluster.plugins, facts, openTarget, openDataSource, copiers: () => [] };
      return { ...cluster, config: { ...cluster.config, clusters }, plugins };
    },
    async makeSet(path, of) {
      const { target } = placeAt(path);
      const names = namesFor(of);
      await target.snapshots!.open(names.folder);
      const manifest = anyDataManifest(of, ['/data/a', '/data/b'].map(treeAt));
      const versions = { ...manifest.versions, product: '3.3.0' };
      await putDataManifest(target, names, { ...manifest, cluster: { id: 'c1' }, versions });
      await target.snapshots!.create(names.folder, names.snapshot);
      return names.name;
    },
    async write(path, content) {
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), content);
    },
  };

  /** Planning opens targets too: what is lost is lost when it is used. */
  function openPlace({ path = '' }: { readonly path?: string | undefined }) {
    const locate = (name: string) => ({ uri: `file://${path}/${name}` });
    const inMemory = placeAt(path).target;
    const read: TargetSnapshots['read'] = (...tree) => heldBack(inMemory.snapshots!.read(...tree), held.get(path));
    const target = { ...inMemory, snapshots: { ...inMemory.snapshots!, read }, locate };
    const broken = lost.get(path);
    if (broken === undefined) return target;
    const snapshots = { ...target.snapshots, folders: () => Promise.reject(broken) };
    return { ...target, get: () => Promise.reject(broken), snapshots };
  }
}

function heldBack(reader: TreeReader, hold: (() => Promise<void>) | undefined): TreeReader {
  const list: TreeReader['list'] = async function* () {
    await hold?.();
    yield* reader.list();
  };
  return { ...reader, list };
}

function treeAt(path: string, number: number): ManifestTree {
  return { number, path, files: 3, directories: 1, bytes: 2048, unverified: number, index: [] };
}
