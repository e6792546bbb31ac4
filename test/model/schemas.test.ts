import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYaml } from '../../model/input';
import { writtenFiles } from '../../model/json-schema';
import { resolveTasks } from '../../model/task-file';
import { generated } from '../../schemas/generated';

const root = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('what is made from the schemas stands in the repository as they are now (else: npm run generate):', () => {
  it.each(generated(root))('$path', ({ path, text }) => expect(read(path)).toBe(text));
});

describe('what we show to people is accepted:', () => {
  it.each(namesBelow('examples').filter(isWritten))('%s', (path) => expect(problemsIn(path, read(path))).toEqual([]));

  describe.each(['README.md', 'docs/configuration.md'])('%s,', (page) => {
    it.each(yamlBlocks(page))('%s', (name, text) => expect(problemsIn(name, text)).toEqual([]));
  });

  it('and the page has an example of both files', () => {
    expect(yamlBlocks('docs/configuration.md').map(([name]) => name)).toEqual(
      expect.arrayContaining(Object.values(writtenFiles).map(({ name }) => name)),
    );
  });
});

function namesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name)));
}

function isWritten(path: string): boolean {
  return Object.values(writtenFiles).some(({ name }) => path.endsWith(name));
}

/** Blocks of YAML whose first line names the file: `# tasks.yaml …`. */
function yamlBlocks(page: string): [name: string, text: string][] {
  const blocks = [...read(page).matchAll(/```yaml\n# (\S+)(.*?)```/gs)];
  return blocks.map(([, name, text]) => [name!, `#${text}`]);
}

function problemsIn(path: string, text: string): unknown[] {
  const file = Object.values(writtenFiles).find(({ name }) => path.endsWith(name));
  if (file === undefined) throw new Error(`${path} is no file that people write`);
  const parsed = parseYaml(file.schema, text, path);
  return 'tasks' in parsed ? resolveTasks(parsed).problems : [];
}
