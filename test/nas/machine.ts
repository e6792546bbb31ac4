import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchHadoop } from '../../embedded/fetch-hadoop';
import { fetchTemporal } from '../../embedded/fetch-temporal';
import { bundleWorkflows } from '../../workers/workflow-bundle';
import { tellSeed } from '../kit/seed';
import { scratch } from '../kit/stage';
import type { Family } from './cases';
import type { CaseResult } from './run-cases';

const modules = '/usr/lib/uml/modules';
const needed = ['linux.uml', 'modprobe', 'mount.nfs', 'mount.cifs', 'rpc.nfsd', 'rpcbind', 'smbd', 'ip', 'setquota'];
const packages = 'user-mode-linux kmod nfs-kernel-server samba cifs-utils iproute2 quota';

/** Why no real shares can be mounted here; undefined when they can. */
export function reasonForNoNas(): string | undefined {
  if (process.platform !== 'linux') return 'real mounts need Linux';
  if (process.getuid?.() !== 0) return 'real mounts need root';
  const missing = needed.filter((command) => command !== 'linux.uml' || !mountsItself()).filter((one) => !isThere(one));
  return missing.length === 0 ? undefined : `${missing.join(', ')} are not here (Debian: ${packages})`;
}

function isThere(command: string): boolean {
  return ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].some((folder) => existsSync(join(folder, command)));
}

/** True where the host's own kernel has both clients and the server, and lets us have name spaces. */
function mountsItself(): boolean {
  const known = readFileSync('/proc/filesystems', 'utf8').split(/\s+/);
  if (!['nfs', 'nfs4', 'nfsd', 'cifs'].every((type) => known.includes(type))) return false;
  return spawnSync('unshare', ['--mount', '--net', 'true']).status === 0;
}

/** The results of a family's cases, and what the machine said. */
export interface Tried {
  readonly results: readonly CaseResult[];
  readonly log: string;
}

/** Starts the machine, has it run the family's cases, and returns when it is off. */
export async function tryWithMounts(family: Family, withinMs: number): Promise<Tried> {
  const work = await scratch('cairn-nas-');
  try {
    await prepare(work, family);
    await run(mountsItself() ? ownKernel(work) : userModeLinux(work), join(work, 'log'), withinMs);
    const results = (await readFile(join(work, 'results'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
    const log = await readFile(join(work, 'log'), 'utf8');
    return { results: results.map((line) => JSON.parse(line) as CaseResult), log };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What is fetched is fetched here: the machine has no network. */
async function prepare(work: string, family: Family): Promise<void> {
  await fetchTemporal();
  await fetchHadoop();
  // The characters are those that options of mounts are cut at.
  await writeFile(join(work, 'password'), `canary,${randomBytes(6).toString('hex')} a=b$c\n`);
  const bundle = process.env['CAIRN_WORKFLOW_BUNDLE'] ?? join(work, 'bundle.js');
  if (!existsSync(bundle)) await writeFile(bundle, (await bundleWorkflows()).code);
  const { HOME = '/root', CAIRN_CACHE, XDG_CACHE_HOME, CAIRN_TEMPORAL_CLI } = process.env;
  const variables = {
    HOME,
    CAIRN_CACHE,
    XDG_CACHE_HOME,
    CAIRN_TEMPORAL_CLI,
    CAIRN_WORKFLOW_BUNDLE: bundle,
    CAIRN_LOG: 'WARN',
    NODE: process.execPath,
    REPOSITORY: join(__dirname, '..', '..'),
    FAMILY: family,
    CAIRN_SEED: String(tellSeed()),
    // Of those only: for working on one (with jest's -t for its name).
    ONLY: process.env['CAIRN_NAS_ONLY'],
  };
  const lines = Object.entries(variables).filter(([, value]) => value !== undefined);
  await writeFile(join(work, 'environment'), lines.map(([name, value]) => `export ${name}='${value}'\n`).join(''));
  await mkdir(join(work, 'modules', 'lib'), { recursive: true });
  await symlink(modules, join(work, 'modules', 'lib', 'modules'));
}

interface Started {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

const script = join(__dirname, 'machine.sh');

/** Boots on the host's own root. Its memory is a file: in /dev/shm, where that has room, else in the work folder. */
function userModeLinux(work: string): Started {
  const shm = existsSync('/dev/shm') ? statfsSync('/dev/shm') : undefined;
  const hasRoom = shm !== undefined && shm.bavail * shm.bsize > 2 * 1024 ** 3;
  const argv = [
    'linux.uml',
    'mem=1536M',
    ...['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'rw', `init=${script}`, `WORK=${work}`],
    ...['con=null', 'con0=null,fd:1', `umid=cairn-nas-${process.pid}`, `uml_dir=${work}/`],
  ];
  return { argv, env: { ...process.env, TMPDIR: hasRoom ? '/dev/shm' : work } };
}

function ownKernel(work: string): Started {
  const argv = ['unshare', '--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child', script, 'here'];
  return { argv, env: { ...process.env, WORK: work } };
}

async function run({ argv, env }: Started, logFile: string, withinMs: number): Promise<void> {
  const log = await open(logFile, 'w');
  const [command = '', ...args] = argv;
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log.fd, log.fd] });
  // A group of its own: a user-mode Linux is many processes of the host.
  const kill = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  };
  process.once('exit', kill);
  const clock = setTimeout(kill, withinMs).unref();
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  clearTimeout(clock);
  process.off('exit', kill);
  await log.close();
}
