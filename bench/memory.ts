import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCairn } from '../client';
import { obsSchema } from '../model/obs-schema';
import { sftpSchema } from '../model/sftp-schema';
import type { BackupTask, TargetSpec } from '../model/task';
import { startFakeNameNode } from '../test/fakes/name-node';
import { newBucket } from '../test/kit/s3';
import { folderTask, openStage, type Stage } from '../test/kit/stage';
import { testTls } from '../test/kit/test-tls';
import { startOpenSsh } from '../test/servers/openssh';
import { startSeaweedFs } from '../test/servers/seaweedfs';
import { spawnBuiltWorker } from './built-worker';
import { machine, median, printFigure } from './machine';
import { residentMiB, watchResident } from './resident';

/**
 * A worker's resident memory throughout backups of a 1 GiB image, which a fake NameNode serves: the highest of all
 * looks, ten a second. Each target has a worker of its own. Run: npm run bench -- memory
 */
const GiB = 1024 ** 3;
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

export async function benchMemory(): Promise<void> {
  for (const open of [localDir, sftp, obs]) {
    const place = await open();
    try {
      await measure(place);
    } finally {
      await place.end();
    }
  }
}

/** A target for the worker, and what the worker must know of it. */
interface Place {
  readonly name: string;
  readonly target: TargetSpec;
  readonly config: object;
  readonly secrets: NodeJS.ProcessEnv;
  end(): Promise<void>;
}

async function localDir(): Promise<Place> {
  return {
    name: 'localDir',
    target: { kind: 'localDir' },
    config: {},
    secrets: {},
    end: () => Promise.resolve(),
  };
}

async function sftp(): Promise<Place> {
  const { server, port, username, hostKey, password, root, end } = await startOpenSsh();
  return {
    name: 'SFTP',
    target: sftpSchema.parse({ kind: 'sftp', server, port, username, hostKey, passwordSecret: 'of-it', path: root }),
    config: { secrets: { 'of-it': { env: 'BENCH_SECRET', servers: [server] } } },
    secrets: { BENCH_SECRET: password },
    end,
  };
}

/** Over TLS, where each byte that is on its way takes its room twice. */
async function obs(): Promise<Place> {
  const weed = await startSeaweedFs();
  const { region, bucket, path } = await newBucket(weed);
  const { secureEndpoint: endpoint, accessKeyId, secretKey, end } = weed;
  const known = { accessKeyId, secretKeySecret: 'of-it', authority: 'of-it', addressing: 'path' };
  return {
    name: 'S3 over TLS',
    target: obsSchema.parse({ kind: 'obs', endpoint, region, bucket, path, ...known }),
    config: {
      secrets: { 'of-it': { env: 'BENCH_SECRET', servers: ['127.0.0.1'] } },
      authorities: { 'of-it': testTls.ca },
    },
    secrets: { BENCH_SECRET: secretKey },
    end,
  };
}

async function measure({ name, target, config, secrets }: Place): Promise<void> {
  const stage = await openStage();
  const folders = await makeFolders(stage);
  const nameNode = await startFakeNameNode({ folder: folders.scripts, imageBytes: GiB });
  const nameNodes = [{ http: nameNode.address, host: 'bench', nameDirs: [join(stage.folder, 'nn')] }];
  const cluster = {
    id: '1',
    version: '3.3.0',
    localBackup: { path: folders.localBackup, hosts: ['bench'] },
    hadoop: nameNode.hadoop,
    services: { nameNode: { nameServices: { hacluster: { nameNodes } } } },
    settings: { freeLocalBytes: 0 },
  };
  const worker = await spawnBuiltWorker(
    {
      temporal: { address: stage.temporal.address },
      host: 'bench',
      spool: folders.spool,
      clusters: [cluster],
      ...config,
    },
    stage.folder,
    secrets,
  );
  const cairn = await openCairn({ address: stage.temporal.address });
  try {
    await cairn.apply([taskTo(target)]);
    const idle = residentMiB(worker.pid);
    const peaks: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const looks = watchResident(worker.pid);
      const { outcome, reason } = await cairn.waitFor(await cairn.start('nn'));
      if (outcome !== 'Successful') throw new Error(reason);
      peaks.push(looks.stop().peak);
    }
    process.stdout.write(`${machine()}; ${name}, ${rounds} runs; idle ${idle} MiB; peaks ${peaks.join(' ')} MiB\n`);
    printFigure(
      `resident memory of a worker throughout a 1 GiB image to ${name}`,
      `median peak ${median(peaks)} MiB, highest ${Math.max(...peaks)} MiB`,
      '≤ 250 MiB',
    );
  } finally {
    await cairn.close();
    await worker.stop();
    await nameNode.close();
    await stage.close();
  }
}

async function makeFolders({ folder }: Stage) {
  const folders = {
    localBackup: join(folder, 'LocalBackup'),
    spool: join(folder, 'spool'),
    scripts: join(folder, 'scripts'),
  };
  for (const one of Object.values(folders)) await mkdir(one);
  return folders;
}

function taskTo(target: TargetSpec): BackupTask {
  const task = folderTask('1', 'nn', 1);
  return { ...task, sources: task.sources.map((source) => ({ ...source, target })) };
}
