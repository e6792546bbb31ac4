import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSets } from '../../client/commands/set-views';
import { withDatabase } from '../../servers/postgres';
import { run } from '../client/terminal';
import { histories, textsOf } from '../kit/history';
import {
  filesBelow,
  nameNodeTask,
  openRealStage,
  put,
  realCluster,
  type RealStage,
  spawnRealWorker,
  spoolOf,
} from '../kit/real-cluster';
import { newBucket } from '../kit/s3';
import { describeWhere } from '../kit/skip';
import { ask, stateOf } from '../kit/stage';
import type { WorkerChild } from '../kit/worker-child';
import { type OpenSsh, startOpenSsh, withoutOpenSsh } from '../servers/openssh';
import { type Postgres, postgresPassword, startPostgres, withoutPostgres } from '../servers/postgres';
import { type SeaweedFs, startSeaweedFs } from '../servers/seaweedfs';
import { createManager, type Manager } from '../sources/oms-fixture';

let stage: RealStage;
let postgres: Postgres;
let ssh: OpenSsh;
let weed: SeaweedFs;
let manager: Manager;
let worker: WorkerChild;
let targets: Record<string, object>;
let localBackup: string;

async function startAll() {
  stage = await openRealStage();
  postgres = await startPostgres();
  [ssh, weed] = [await startOpenSsh(), await startSeaweedFs()];
  manager = await createManager(postgres, stage.folder);
  await mkdir(join(ssh.root, 'sets'));
  const { bucket, region, endpoint } = await newBucket(weed);
  const place = { server: ssh.server, port: ssh.port, username: ssh.username, hostKey: ssh.hostKey };
  targets = {
    localDir: { kind: 'localDir' },
    localHdfs: { kind: 'localHdfs', cluster: 'c1', path: '/backup/oms' },
    remoteHdfs: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup/remote' },
    sftp: { kind: 'sftp', ...place, path: join(ssh.root, 'sets'), passwordSecret: 'sftp' },
    obs: {
      ...{ kind: 'obs', endpoint, region, bucket, path: 'oms', addressing: 'path' },
      ...{ accessKeyId: weed.accessKeyId, secretKeySecret: 'store' },
    },
  };
  worker = await startWorker();
}

async function startWorker(): Promise<WorkerChild> {
  const c1 = await realCluster(stage, { id: 'c1', hdfs: stage.hdfs });
  localBackup = c1.localBackup;
  const { hosts, database, configuration } = manager.spec;
  const oms = {
    ...c1,
    id: 'oms',
    config: {
      ...c1.config,
      id: 'oms',
      defaultTask: true,
      remoteHdfs: { haclusterX: { nameNodes: [stage.hdfs.httpAddress] } },
      services: { oms: { hosts, database: { ...database, passwordSecret: 'database' }, configuration } },
    },
  };
  const servers = ['127.0.0.1'];
  const secrets = {
    database: { env: 'CAIRN_DATABASE', servers },
    sftp: { env: 'CAIRN_SFTP', servers },
    store: { env: 'CAIRN_STORE', servers },
  };
  const env = { CAIRN_DATABASE: postgresPassword, CAIRN_SFTP: ssh.password, CAIRN_STORE: weed.secretKey };
  return await spawnRealWorker(stage, [c1, oms], { ...env, CAIRN_LOG: 'DEBUG' }, { secrets });
}

async function endAll() {
  await worker?.kill();
  await Promise.all([postgres?.end(), ssh?.end(), weed?.end()]);
  await stage?.close();
}

const cairn = (line: string, stdin?: string) =>
  run(
    ['--address', stage.temporal.address, '--cluster', 'oms', ...line.split(' ')],
    stdin === undefined ? {} : { stdin },
  );

async function well(line: string, stdin?: string): Promise<string> {
  const { code, stdout, stderr } = await cairn(line, stdin);
  if (code !== 0) throw new Error(`cairn ${line} ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

const fileOf = (kind: string, copies = 2) =>
  JSON.stringify({
    targets,
    tasks: [{ name: kind, cluster: 'oms', sources: [{ source: 'oms', target: kind, copies }] }],
  });

describeWhere(withoutPostgres ?? withoutOpenSsh)('the manager, whose database is a real PostgreSQL', () => {
  beforeAll(startAll);
  afterAll(endAll);

  test('has the default task of the product, hourly, with 168 sets in the folder 0 of LocalBackup', async () => {
    expect(await well('task show default-oms')).toMatch(/oms +localDir +168/);
    await well('task start default-oms --wait');
    const [folder] = await readdir(join(localBackup, '0'));
    expect(folder).toMatch(/^default-oms_\d{14}$/);
    const [manifest] = (await filesBelow(join(localBackup, '0', folder!))).filter((name) => name.endsWith('.json'));
    expect(manifest).toMatch(/^3\.3\.0_OMS_\d{14}\.manifest\.json$/);
    const { facts, versions } = JSON.parse(await readFile(join(localBackup, '0', folder!, manifest!), 'utf8'));
    expect(facts).toMatchObject({ database: 'manager1', configurationFiles: 8 });
    expect(versions.component).toMatch(/^PostgreSQL/);
  });

  test('is warned about as long as nothing takes it to a third party', async () => {
    expect(await well('alarm list')).toMatch(/ALM-12057.*no periodic task backs up oms to a third-party server/);
  });

  test.each(['localDir', 'localHdfs', 'remoteHdfs', 'sftp', 'obs'])(
    '%s: of three backups two are left; lost, it is brought back from the older one',
    async (kind) => {
      await well('apply -f -', fileOf(kind));
      const states: unknown[] = [];
      for (let round = 0; round < 3; round += 1) {
        await manager.change();
        states.push(await manager.read());
        await well(`task start ${kind} --wait`);
      }
      const runs = JSON.parse(await well(`sets list --task ${kind} --json`)) as RunSets[];
      const names = runs.flatMap(({ sets }) => sets.map(({ name }) => name)).sort();
      expect(names).toHaveLength(2);
      await manager.stop();
      await postgres.ask('postgres', (one) => one(`DROP DATABASE ${manager.access.config.name}`));
      for (const one of manager.spec.configuration) await rm(one, { recursive: true });
      const made = await well(`restoration create ${kind}-back --set ${names[0]}`);
      expect(made).toMatch(/the manager \(oms\): its database and its configuration/);
      await well(`restoration start ${kind}-back --yes --wait`);
      expect(await manager.read()).toEqual(states[1]);
    },
  );

  test('a restoration while the manager runs fails with who is connected, and nothing is touched', async () => {
    const before = await manager.read();
    await manager.start();
    const { code, stdout, stderr } = await cairn('restoration create busy --run localDir@latest');
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    const failed = await cairn('restoration start busy --yes --wait');
    expect(failed.code).not.toBe(0);
    expect(failed.stdout + failed.stderr).toMatch(/database manager1 is in use: omm1 .*HINT: stop/s);
    await manager.stop();
    expect(await manager.read()).toEqual(before);
    await well('restoration retry busy --yes --wait');
    expect((await stateOf(stage, 'c1')).paused).toBeUndefined();
  });

  test('what the manager does not have, and what has no manager, is refused with where it belongs', async () => {
    expect(await ask(stage, 'oms', { do: 'putTask', task: nameNodeTask('oms') })).toMatchObject({
      accepted: false,
      message: expect.stringContaining('has no nameNode. HINT: put it into a task of its cluster'),
    });
    const oms = {
      ...nameNodeTask('c1'),
      sources: [{ source: 'oms', entry: { source: 'oms' }, copies: 1, target: { kind: 'localDir' } }],
    };
    expect(await ask(stage, 'c1', { do: 'putTask', task: oms as never })).toMatchObject({
      accepted: false,
      message: expect.stringContaining('looked after by itself. HINT: put it into a task of cluster oms'),
    });
    const refused = await cairn('apply -f -', fileOf('localHdfs').replace('"cluster":"c1",', ''));
    expect(refused.stdout + refused.stderr).toMatch(
      /oms has no HDFS of its own HINT: name the cluster whose HDFS keeps the sets; there are: c1 hacluster/,
    );
    await put(stage, nameNodeTask('c1'));
  });

  test('the password of the database stands in no history, log or manifest, and nothing is left in the spool', async () => {
    const texts: string[] = [worker.log()];
    for await (const { events } of histories(stage.client)) texts.push(...events.flatMap(textsOf));
    for (const name of (await filesBelow(localBackup)).filter((one) => one.endsWith('.json')))
      texts.push(await readFile(join(localBackup, name), 'utf8'));
    expect(texts.length).toBeGreaterThan(100);
    expect(texts.filter((text) => text.includes(postgresPassword))).toEqual([]);
    expect(await filesBelow(spoolOf(stage))).toEqual([]);
    await withDatabase(manager.access, 'manager1', (one) => one('SELECT 1'));
  });
});
