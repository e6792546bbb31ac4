import { stringify } from 'yaml';
import { workerConfigSchema } from '../../model/config';
import { BackupError } from '../../model/errors';
import { parseYaml } from '../../model/input';
import { taskFileSchema } from '../../model/task-file';
import { hostileNames, type Mutation, mutate, plain, textMutation, wholeNumbersFrom } from './mutations';

const files = {
  tasks: {
    schema: taskFileSchema,
    valid: {
      targets: { near: { kind: 'localDir' } },
      tasks: [
        {
          name: 'nightly',
          cluster: 'c1',
          mode: 'manual',
          sources: [{ source: 'nameNode', target: 'near', copies: 3 }],
        },
        {
          name: 'weekly',
          cluster: 'c1',
          sources: [{ source: 'nameNode', nameServices: ['hacluster', 'ns2'], target: { kind: 'localDir' } }],
        },
        {
          name: 'data',
          cluster: 'c1',
          mode: 'periodic',
          started: '2026-11-26T02:00:00+01:00',
          period: { hours: 4 },
          sources: [
            {
              source: 'hdfs',
              paths: ['/user/hive', '/apps'],
              target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' },
              copies: 2,
              recoveryPoints: 2,
            },
          ],
        },
      ],
    },
  },
  worker: {
    schema: workerConfigSchema,
    valid: {
      temporal: { address: '127.0.0.1:7233', namespace: 'default' },
      host: 'host-1',
      spool: '/var/lib/cairn/spool',
      clusters: [
        {
          id: 'c1',
          version: '3.3.0',
          localBackup: { path: '/LocalBackup', hosts: ['host-1', 'host-2'] },
          hadoop: { hdfs: '/opt/hdfs', confDir: '/etc/hadoop', user: 'hdfs' },
          services: {
            nameNode: {
              nameServices: {
                hacluster: { nameNodes: [{ http: 'http://nn1:9870', host: 'host-1', nameDirs: ['/data/nn'] }] },
              },
            },
          },
          settings: { waitingTasks: 10, heartbeatSeconds: 5 },
        },
      ],
    },
  },
} as const;
type File = (typeof files)[keyof typeof files];

/** Of this process, which other processes of a busy machine do not lengthen. */
const mostCpuMs = 100;
/** Of files that are nothing but brackets, hundreds of kilobytes of them: what grows with the square takes minutes. */
const mostCpuMsOfGiants = 4000;
/** `path: found …; allowed: …`, or a place in the file. */
const refusal =
  /^(file\.yaml is not right:\n( {2}\S[^\n]*: found [^\n]*; allowed: [^\n]+\n| {2}… and \d+ more\n)+|file\.yaml, line \d+, column \d+: [^\n]+|file\.yaml has \d+ characters, at most \d+ are read)/;
/** What could move a terminal's cursor, or turn what it shows. */
const misleading = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Cs}/u;

/** Parses; gives the refusal, undefined when it was accepted. Anything but that fails the test. */
function refusalOf({ schema }: File, text: string, most = mostCpuMs): string | undefined {
  let message: string | undefined;
  const taken = leastCpuMs(() => (message = parsed(schema, text)), most);
  if (taken > most) throw new Error(`${taken} ms of processor time for ${JSON.stringify(text).slice(0, 300)}`);
  return message;
}

function parsed(schema: File['schema'], text: string): string | undefined {
  try {
    parseYaml(schema, text, 'file.yaml');
    return undefined;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    expect(error.kind).toBe('invalid');
    expect(error.message).toMatch(refusal);
    expect(error.message).not.toMatch(misleading);
    expect(error.message.length).toBeLessThan(4000);
    return error.message;
  }
}

/** What the work takes of the processor. Now and then a collection of garbage falls into it: then it is done again. */
function leastCpuMs(work: () => void, enough: number): number {
  let least = Infinity;
  for (let time = 0; time < 20 && least > enough; time += 1) {
    const begin = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begin);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

function told(file: File, mutation: Mutation): string {
  return `seeded mutation of ${JSON.stringify(mutation.path)}: ${JSON.stringify(stringify(mutation.value)).slice(0, 300)} in ${file === files.tasks ? 'tasks' : 'worker'}`;
}

describe.each(Object.entries(files))('the file %s', (_name, file) => {
  it('is accepted as it is', () => {
    expect(refusalOf(file, stringify(file.valid))).toBeUndefined();
  });

  it('with one of 2,500 changed values is refused at the field that was changed, or still valid', () => {
    const random = wholeNumbersFrom(20261122);
    let refused = 0;
    for (let time = 0; time < 2500; time += 1) {
      const mutation = mutate(file.valid, random);
      const message = refusalOf(file, stringify(mutation.value));
      if (message === undefined) continue;
      refused += 1;
      // What only a periodic task may have is refused where it stands, for what was changed beside it.
      const others = mutation.path.at(-1) === 'mode' ? ['only with mode: periodic'] : [];
      if (![...mutation.names, ...others].some((name) => plain(message).includes(name)))
        throw new Error(`${told(file, mutation)}\n${message}`);
    }
    expect(refused).toBeGreaterThan(1500);
  });

  it('with one of 2,500 changes of its text is refused in words, or still valid', () => {
    const random = wholeNumbersFrom(7);
    const text = stringify(file.valid);
    const refused = Array.from({ length: 2500 }, () => refusalOf(file, textMutation(text, random))).filter(Boolean);
    expect(refused.length).toBeGreaterThan(1000);
  });

  it.each([
    ['nested by brackets without end', '['.repeat(100_000)],
    ['nested by brackets', `tasks: ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['nested by dashes', `${'- '.repeat(50_000)}x`],
    ['nested by question marks', `${'? '.repeat(50_000)}x`],
    ['made of closing brackets', ']'.repeat(500_000)],
    ['with many keys', Array.from({ length: 50_000 }, (_, place) => `k${place}: 1`).join('\n')],
    ['with a long list', `tasks: [${Array(100_000).fill('1').join(',')}]`],
    ['with aliases that multiply', aliasBomb()],
    ['with many aliases', `a: &a [x]\n${Array.from({ length: 1500 }, (_, place) => `k${place}: *a`).join('\n')}`],
    ['that contains itself', 'tasks: &a [*a]'],
    ['that is itself', '&a\ntasks: *a'],
    ['with an alias to nothing', 'tasks: *gone'],
    ['with a second document', 'tasks: []\n---\ntasks: []'],
    ['that is too long', `tasks: ${'x'.repeat(600_000)}`],
    ['that is empty', ''],
    ['of zero bytes', '\0'.repeat(1000)],
    ['with tags of code', 'tasks: !!js/function "function () { process.exit(0) }"'],
  ])('%s is refused in words', (_what, text) => {
    expect(refusalOf(file, text, mostCpuMsOfGiants)).toBeDefined();
  });
});

describe.each(hostileNames.map((name) => [plain(JSON.stringify(name)).slice(0, 30), name] as const))(
  'the name %s',
  (_shown, name) => {
    const quoted = JSON.stringify(name);
    const source = '{ source: nameNode, target: { kind: localDir } }';
    const task = (fields: string) => `tasks:\n  - ${fields}`;

    it.each([
      ['tasks[0].name', task(`{ name: ${quoted}, cluster: c1, sources: [${source}] }`)],
      ['tasks[0].cluster', task(`{ name: a, cluster: ${quoted}, sources: [${source}] }`)],
      [
        'tasks[0].sources[0].target',
        task(`{ name: a, cluster: c1, sources: [{ source: nameNode, target: ${quoted} }] }`),
      ],
      [
        'tasks[0].sources[0].nameServices[0]',
        task(
          `{ name: a, cluster: c1, sources: [{ source: nameNode, nameServices: [${quoted}], target: { kind: localDir } }] }`,
        ),
      ],
      [
        'targets',
        `${task(`{ name: a, cluster: c1, sources: [${source}] }`)}\ntargets: { ? ${quoted} : { kind: localDir } }`,
      ],
    ])('is refused as %s', (path, text) => {
      expect(refusalOf(files.tasks, text)).toContain(`${path}`);
    });

    it.each(['id', 'host', 'nameServices'])('is refused as %s of a worker', (field) => {
      const { clusters, ...rest } = files.worker.valid;
      const [cluster] = clusters;
      const services = { nameNode: { nameServices: { [name]: cluster.services.nameNode.nameServices.hacluster } } };
      const changed = {
        id: { ...rest, clusters: [{ ...cluster, id: name }] },
        host: { ...rest, clusters, host: name },
        nameServices: { ...rest, clusters: [{ ...cluster, services }] },
      }[field];
      const text = JSON.stringify(changed).replace(
        '"nameServices":{}',
        `"nameServices":{"__proto__":{"nameNodes":[]}}`,
      );
      expect(refusalOf(files.worker, text)).toContain(field);
    });
  },
);

function aliasBomb(): string {
  const levels = [...'bcdefghij'].map(
    (level, place) => `${level}: &${level} [${Array(9).fill(`*${'abcdefghi'[place]}`).join(',')}]`,
  );
  return ['a: &a [x,x,x,x,x,x,x,x,x]', ...levels].join('\n');
}
