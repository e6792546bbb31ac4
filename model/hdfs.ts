import { isMisleading } from './names';

/** An absolute path of HDFS as people write it: no `.`, `..`, empty or `.snapshot` parts, not the root, no trailing slash. */
export function isHdfsPath(path: string): boolean {
  return (
    path.length <= 4000 &&
    path.startsWith('/') &&
    path !== '/' &&
    !isMisleading(path) &&
    path
      .slice(1)
      .split('/')
      .every((name) => !['', '.', '..', '.snapshot', '.reserved'].includes(name))
  );
}

/** True when `path` is `above` or lies below it. */
export function isWithin(path: string, above: string): boolean {
  return path === above || above === '/' || path.startsWith(`${above}/`);
}

/** An HDFS that cairn reaches: how its NameNodes and Hadoop's own commands are addressed. Holds no secret. */
export interface HdfsAddress {
  readonly nameService: string;
  /** As Hadoop's commands write it, without a slash at its end: `hdfs://hacluster`. */
  readonly uri: string;
  /** HTTP addresses of its NameNodes. */
  readonly nameNodes: readonly string[];
}

/** Children of a directory: those directories whose whole name the expression matches (see `openPattern`), but hidden ones. */
export interface HdfsRow {
  readonly under: string;
  readonly matching: string;
}

/** Directories of one NameService: what the source is given. */
export interface HdfsSpec {
  readonly hdfs: HdfsAddress;
  /** Those that a task names; once its rows are resolved, all that the run takes. */
  readonly paths: readonly string[];
  /** Of a task that has some. */
  readonly rows?: readonly HdfsRow[];
}

/** Where a target on HDFS lies. */
export interface HdfsPlace {
  readonly hdfs: HdfsAddress;
  readonly path: string;
}

/** The path of a URI below an HDFS; undefined when it lies elsewhere. Paths stand in these URIs as they are, never escaped. */
export function pathIn(hdfs: HdfsAddress, uri: string): string | undefined {
  return uri.startsWith(`${hdfs.uri}/`) ? uri.slice(hdfs.uri.length) : undefined;
}

/**
 * Why sets may not lie at this path: hidden directories and those that HDFS, Yarn and HBase own (product facts §4, Target
 * Path); undefined when they may.
 */
export function refusalOfTargetPath(path: string): string | undefined {
  const hidden = path
    .slice(1)
    .split('/')
    .find((name) => name.startsWith('.'));
  if (hidden !== undefined) return `no hidden directory (${hidden})`;
  const system = systemPaths.find((owned) => isWithin(path, owned));
  return system === undefined ? undefined : `no system directory (${system})`;
}

const systemPaths = ['/hbase', '/user/hbase/backup', '/tmp/hadoop-yarn', '/mr-history', '/system'];
