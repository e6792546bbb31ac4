import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCairn } from '../client';
import { startFakeNameNode } from '../test/fakes/name-node';
import { folderTask, openStage } from '../test/kit/stage';
import { spawnBuiltWorker } from './built-worker';
import { machine, median, printFigure } from './machine';
import { residentMiB, watchResident } from './resident';

/**
 * A worker's resident memory throughout backups of a 1 GiB image, which a fake NameNode serves: the highest of all
 * looks, ten a second. Run: npm run bench -- memory
 */
const GiB = 1024 ** 3;
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

export async function benchMemory(): Promise<void> {
  const stage = await openStage();
  const [localBackup, spool, scripts] = ['LocalBackup', 'spool', 'scripts'].map((name) => join(stage.folder, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [localBackup, spool, scripts]) await mkdir(folder, { recursive: true });
  const nameNode = await startFakeNameNode({ folder: scripts, imageBytes: GiB });
  const config = {
    temporal: { address: stage.temporal.address },
    host: 'bench',
    spool,
    clusters: [
      {
        id: '1',
        version: '3.3.0',
        localBackup: { path: localBackup, hosts: ['bench'] },
        hadoop: nameNode.hadoop,
        services: {
          nameNode: {
            nameServices: {
              hacluster: {
                nameNodes: [{ http: nameNode.address, host: 'bench', nameDirs: [join(stage.folder, 'nn')] }],
              },
            },
          },
        },
        settings: { freeLocalBytes: 0 },
      },
    ],
  };
  const worker = await spawnBuiltWorker(config, stage.folder);
  const cairn = await openCairn({ address: stage.temporal.address });
  try {
    await cairn.apply([folderTask('1', 'nn', 1)]);
    const idle = residentMiB(worker.pid);
    const peaks: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const looks = watchResident(worker.pid);
      const { outcome, reason } = await cairn.waitFor(await cairn.start('nn'));
      if (outcome !== 'Successful') throw new Error(reason);
      peaks.push(looks.stop().peak);
    }
    process.stdout.write(`${machine()}; ${rounds} runs; idle ${idle} MiB; peaks ${peaks.join(' ')} MiB\n`);
    printFigure(
      'resident memory of a worker throughout a 1 GiB image',
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
